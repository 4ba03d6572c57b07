//! SPEC.md, section 3: which cookies of a request may be the session, and which text is in each?

/// Returns name and value of every cookie in some `Cookie` headers.
#[must_use]
pub fn cookies(headers: &[Vec<u8>]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pieces = headers
        .iter()
        .flat_map(|header| header.split(|it| *it == b';'));
    let cookies = pieces.filter_map(|piece| {
        let mut piece = piece.to_vec();
        while matches!(piece.first(), Some(b' ' | b'\t')) {
            piece.remove(0);
        }
        let equals = piece.iter().position(|it| *it == b'=')?;
        let mut value = piece.split_off(equals);
        value.remove(0);
        while matches!(value.last(), Some(b' ' | b'\t')) {
            value.pop();
        }
        Some((piece, value))
    });
    cookies.collect()
}

/// What a request carries of one jar's cookies.
#[derive(Debug)]
pub struct Carried {
    cookies: Vec<(Vec<u8>, Vec<u8>)>,
    name: &'static str,
}

impl Carried {
    /// Reads a request's headers.
    #[must_use]
    pub fn new(headers: &[Vec<u8>], name: &'static str) -> Self {
        let cookies = cookies(headers);
        Self { cookies, name }
    }

    /// Returns the values of the cookies whose name ends in `suffix`.
    pub fn values(&self, suffix: &str) -> impl Iterator<Item = &Vec<u8>> + use<'_> {
        let name = format!("{}{suffix}", self.name).into_bytes();
        let cookies = self.cookies.iter();
        cookies.filter_map(move |(theirs, value)| (*theirs == name).then_some(value))
    }

    /// Returns the values that may be the session, each once, in order.
    #[must_use]
    pub fn distinct(&self) -> Vec<&Vec<u8>> {
        let mut distinct = Vec::new();
        for value in self.values("") {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        distinct
    }

    /// Returns the suffixes under which parts came.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let suffixes = (1..=8).map(|part| format!(".{part}"));
        suffixes
            .filter(|it| self.values(it).next().is_some())
            .collect()
    }

    /// Returns the ids in the logout marks, as sixteen lower-case hexadecimal digits. Sixteen ids
    /// count.
    #[must_use]
    pub fn logged_out(&self) -> Vec<String> {
        let is_id = |id: &&[u8]| id.len() == 16 && id.iter().all(u8::is_ascii_hexdigit);
        let marks = self.values(".out").filter_map(|value| {
            let ids: Vec<&[u8]> = value.split(|it| *it == b'.').collect();
            (ids.len() <= 4 && ids.iter().all(is_id)).then_some(ids)
        });
        let ids = marks.flatten().take(16);
        ids.map(|id| String::from_utf8_lossy(id).to_lowercase())
            .collect()
    }

    /// Returns the value of the mark that a response sets when these sessions end: their ids and
    /// then the earlier ones, each once, four at most. `None` if none ends.
    #[must_use]
    pub fn mark_of(&self, ended: &[String]) -> Option<Vec<String>> {
        let mut ids: Vec<String> = Vec::new();
        for id in ended.iter().cloned().chain(self.logged_out()) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids.truncate(4);
        (!ended.is_empty()).then_some(ids)
    }

    /// Returns the token's text that begins in a value, or the name of the refusal.
    ///
    /// # Errors
    /// `torn_chunks`, and `malformed` for parts that are longer than any token together.
    pub fn joined(&self, value: &[u8]) -> Result<Vec<u8>, &'static str> {
        let digits: Vec<u8> = value
            .iter()
            .copied()
            .take_while(u8::is_ascii_digit)
            .collect();
        if digits.is_empty() || value.get(digits.len()) != Some(&b'~') {
            return Ok(value.to_vec());
        }
        let count = match digits[..] {
            [digit @ b'2'..=b'9'] => digit - b'0',
            _ => return Err("torn_chunks"),
        };
        let (generation, first) = marked(&value[2..]).ok_or("torn_chunks")?;
        let mut text = first;
        for part in 1..count {
            let theirs = self.values(&format!(".{part}")).filter_map(|it| marked(it));
            let mut ours: Vec<_> = theirs.filter(|(mark, _)| *mark == generation).collect();
            ours.dedup();
            match &ours[..] {
                [(_, part)] => text.extend_from_slice(part),
                _ => return Err("torn_chunks"),
            }
        }
        if text.len() < 44 || text[40..44] != generation {
            return Err("torn_chunks");
        }
        if text.len() > 12_288 {
            return Err("malformed");
        }
        Ok(text)
    }
}

/// Splits `<gen>.<part>`.
fn marked(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    (value.get(4) == Some(&b'.')).then(|| (value[..4].to_vec(), value[5..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_page_are_what_is_read() {
        let headers = [
            b"a=1;\t b = 2 ;c;=d;a==; a=1".to_vec(),
            b"name.1=x".to_vec(),
        ];
        let cookies = cookies(&headers);
        let expected: [(&[u8], &[u8]); 6] = [
            (b"a", b"1"),
            (b"b ", b" 2"),
            (b"", b"d"),
            (b"a", b"="),
            (b"a", b"1"),
            (b"name.1", b"x"),
        ];
        assert_eq!(
            cookies,
            expected.map(|(name, value)| (name.to_vec(), value.to_vec()))
        );
        let carried = Carried::new(&headers, "a");
        assert_eq!(carried.distinct(), [b"1", b"="]);
        assert_eq!(Carried::new(&headers, "name").parts(), [".1"]);
    }

    #[test]
    fn a_mark_is_up_to_four_ids_and_the_newest_come_first() {
        let id = |number: u8| format!("{number:016x}");
        let headers = [format!("a.out={}.{}", id(2).to_uppercase(), id(1)).into_bytes()];
        let carried = Carried::new(&headers, "a");
        assert_eq!(carried.logged_out(), [id(2), id(1)]);
        assert_eq!(carried.mark_of(&[]), None);
        assert_eq!(
            carried.mark_of(&[id(3), id(1)]),
            Some(vec![id(3), id(1), id(2)])
        );
        for value in ["", &format!("{}.", id(1)), &[&*id(1); 5].join(".")] {
            let headers = [format!("a.out={value}").into_bytes()];
            assert!(Carried::new(&headers, "a").logged_out().is_empty());
        }
    }

    #[test]
    fn parts_are_joined_only_when_each_is_there_once() {
        let text = [b"0".repeat(40), b"abcd".to_vec(), b"1".repeat(60)].concat();
        let head = [b"2~abcd.", &text[..50]].concat();
        let part = |from: usize| [b"n.1=abcd.", &text[from..], b"; "].concat();
        let joined = |headers: &[Vec<u8>]| Carried::new(headers, "n").joined(&head);
        assert_eq!(joined(&[part(50)]), Ok(text.clone()));
        assert_eq!(joined(&[part(50), part(50)]), Ok(text.clone()));
        assert_eq!(joined(&[part(50), part(51)]), Err("torn_chunks"));
        assert_eq!(joined(&[]), Err("torn_chunks"));
    }
}
