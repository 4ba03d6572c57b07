//! Is this the body of a JSON session, and what are its members? SPEC.md, section 2, JSON sessions.
//!
//! Character by character, after RFC 8259. A string becomes a list of characters, and every rule is
//! checked where it applies.

use std::iter::Peekable;
use std::str::CharIndices;

/// A member of the outermost object: its name, and its text from the input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// The name without its escapes.
    pub name: String,
    /// From the name's first quote to the value's last character.
    pub text: String,
}

/// Returns the members of a body, `None` if it is no body.
#[must_use]
pub fn members(body: &[u8]) -> Option<Vec<Member>> {
    let text = String::from_utf8(body.to_vec()).ok()?;
    if !text.starts_with('{') || !text.ends_with('}') {
        return None;
    }
    let mut reader = Reader {
        text: &text,
        left: text.char_indices().peekable(),
    };
    let members = reader.object(1)?;
    reader.left.next().is_none().then_some(members)
}

struct Reader<'a> {
    text: &'a str,
    left: Peekable<CharIndices<'a>>,
}

impl Reader<'_> {
    fn at(&mut self) -> usize {
        self.left.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn peek(&mut self) -> Option<char> {
        self.left.peek().map(|(_, it)| *it)
    }

    fn next(&mut self) -> Option<char> {
        self.left.next().map(|(_, it)| it)
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            '{' => self.object(depth).map(drop),
            '[' => self.array(depth),
            '"' => self.string().map(drop),
            '-' | '0'..='9' => self.number(),
            't' => self.word("true"),
            'f' => self.word("false"),
            'n' => self.word("null"),
            _ => None,
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        word.chars().try_for_each(|wanted| self.expect(wanted))
    }

    fn object(&mut self, depth: usize) -> Option<Vec<Member>> {
        self.expect('{')?;
        if depth > 32 {
            return None;
        }
        let mut members: Vec<Member> = Vec::new();
        self.space();
        if self.peek()? == '}' {
            self.next();
            return Some(members);
        }
        loop {
            let start = self.at();
            let name = self.string()?;
            self.space();
            self.expect(':')?;
            self.space();
            self.value(depth + 1)?;
            let end = self.at();
            if members.iter().any(|it| it.name == name) {
                return None;
            }
            let text = self.text[start..end].to_owned();
            members.push(Member { name, text });
            self.space();
            match self.next()? {
                ',' => self.space(),
                '}' => return Some(members),
                _ => return None,
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.expect('[')?;
        if depth > 32 {
            return None;
        }
        self.space();
        if self.peek()? == ']' {
            self.next();
            return Some(());
        }
        loop {
            self.value(depth + 1)?;
            self.space();
            match self.next()? {
                ',' => self.space(),
                ']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                control if control < ' ' => return None,
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            '"' => '"',
            '\\' => '\\',
            '/' => '/',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => match self.hexadecimal()? {
                high @ 0xD800..=0xDBFF => {
                    self.expect('\\')?;
                    self.expect('u')?;
                    let low = self.hexadecimal()?;
                    let low = (0xDC00..=0xDFFF).contains(&low).then(|| low - 0xDC00)?;
                    char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + low)?
                }
                other => char::from_u32(other)?,
            },
            _ => return None,
        })
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            number = number * 16 + self.next()?.to_digit(16)?;
        }
        Some(number)
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at();
        if self.peek() == Some('-') {
            self.next();
        }
        match self.next()? {
            '0' => {}
            '1'..='9' => self.digits(),
            _ => return None,
        }
        if self.peek() == Some('.') {
            self.next();
            self.digit()?;
            self.digits();
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.next();
            if matches!(self.peek(), Some('+' | '-')) {
                self.next();
            }
            self.digit()?;
            self.digits();
        }
        let end = self.at();
        // The standard library returns the nearest double.
        let number: f64 = self.text[start..end].parse().ok()?;
        (number.abs() <= 9_007_199_254_740_991.0).then_some(())
    }

    fn digit(&mut self) -> Option<()> {
        self.next()?.is_ascii_digit().then_some(())
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some('0'..='9')) {
            self.next();
        }
    }
}
