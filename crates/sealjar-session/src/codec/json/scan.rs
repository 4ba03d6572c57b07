//! Is a text the body of a JSON session, and what are its members?
//!
//! serde_json reads the strings and numbers. This scan checks the rest: depth, names, the size of
//! numbers, and what comes before and after the object.

use std::borrow::Cow;
use std::fmt;

/// A member of the outermost object.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: &'a str,
    /// Name and value, byte for byte as in the text.
    pub(super) text: &'a str,
}

/// Why a text is not a body, and in which member.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Broken {
    pub(super) member: Option<String>,
    pub(super) rule: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(name) => write!(f, "its field `{name}` {}", self.rule),
            None => write!(f, "it {}", self.rule),
        }
    }
}

/// Returns the members of the object that the whole text consists of.
///
/// # Errors
/// The first rule that the text breaks.
pub(super) fn members(body: &[u8]) -> Result<Vec<Member<'_>>, Broken> {
    let whole = |rule| Broken { member: None, rule };
    let text = std::str::from_utf8(body).map_err(|_| whole("is no UTF-8"))?;
    if !text.starts_with('{') || !text.ends_with('}') {
        return Err(whole("is no JSON object"));
    }
    let mut scan = Scan { text, at: 1 };
    let mut members: Vec<Member<'_>> = Vec::new();
    let object: Result<(), Broken> = scan.members(|scan, start, name| {
        let from = scan.at;
        let found = scan.value(2);
        let member = Member {
            name,
            value: &scan.text[from..scan.at],
            text: &scan.text[start..scan.at],
        };
        let named = |rule| Broken {
            member: Some(member.name.clone().into_owned()),
            rule,
        };
        found.map_err(named)?;
        members.push(member);
        Ok(())
    });
    object?;
    if scan.at < text.len() {
        return Err(whole("is followed by something"));
    }
    let mut names: Vec<&str> = members.iter().map(|it| &*it.name).collect();
    has_twins(&mut names).map_or(Ok(members), |rule| Err(whole(rule)))
}

/// A text and the position up to which it has been read.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl From<&'static str> for Broken {
    fn from(rule: &'static str) -> Self {
        Self { member: None, rule }
    }
}

impl<'a> Scan<'a> {
    /// Reads a value at this depth; the outermost object has depth 1.
    fn value(&mut self, depth: usize) -> Result<(), &'static str> {
        match self.peek() {
            Some(b'{' | b'[') if depth > MAX_DEPTH => Err("is nested more than 32 deep"),
            Some(b'{') => {
                self.at += 1;
                let mut names = Vec::new();
                self.members(|scan, _, name| {
                    names.push(name);
                    scan.value(depth + 1)
                })?;
                has_twins(&mut names).map_or(Ok(()), Err)
            }
            Some(b'[') => {
                self.at += 1;
                self.list(b']', |scan| scan.value(depth + 1))
            }
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.literal(),
        }
    }

    /// Reads the members of an object and its end. `member` gets the start and the name of each
    /// member, and reads its value.
    fn members<E: From<&'static str>>(
        &mut self,
        mut member: impl FnMut(&mut Self, usize, Cow<'a, str>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.list(b'}', |scan| {
            let start = scan.at;
            let name = scan.string()?;
            scan.skip_space();
            if !scan.take(b':') {
                return Err(NO_JSON.into());
            }
            scan.skip_space();
            member(scan, start, name)
        })
    }

    /// Reads items separated by commas, and the end of the list.
    fn list<E: From<&'static str>>(
        &mut self,
        end: u8,
        mut part: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.skip_space();
        if self.take(end) {
            return Ok(());
        }
        loop {
            part(self)?;
            self.skip_space();
            if self.take(end) {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(NO_JSON.into());
            }
            self.skip_space();
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, &'static str> {
        let start = self.at;
        if !self.take(b'"') {
            return Err(NO_JSON);
        }
        let mut is_plain = true;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    is_plain = false;
                    self.at += 2;
                }
                Some(0..0x20) => return Err("holds a control character"),
                Some(_) => self.at += 1,
                None => return Err(NO_JSON),
            }
        }
        self.at += 1;
        if is_plain {
            return Ok(Cow::Borrowed(&self.text[start + 1..self.at - 1]));
        }
        let read = serde_json::from_str(&self.text[start..self.at]);
        read.map(Cow::Owned)
            .map_err(|_| "has an escape of no character")
    }

    fn number(&mut self) -> Result<(), &'static str> {
        let start = self.at;
        while let Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'e' | b'E') = self.peek() {
            self.at += 1;
        }
        let read = serde_json::from_str(&self.text[start..self.at]);
        let number: f64 = read.map_err(|_| "is a number that JSON does not have")?;
        if number.abs() <= GREATEST {
            Ok(())
        } else {
            Err("is a number beyond 2^53 - 1, which other languages round")
        }
    }

    fn literal(&mut self) -> Result<(), &'static str> {
        let rest = &self.text.as_bytes()[self.at..];
        let mut literals = ["true", "false", "null"].into_iter();
        let found = literals.find(|literal| rest.starts_with(literal.as_bytes()));
        self.at += found.ok_or(NO_JSON)?.len();
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }
}

/// Returns the rule that is broken if two members have one name.
fn has_twins<S: AsRef<str> + Ord>(names: &mut [S]) -> Option<&'static str> {
    names.sort_unstable();
    let mut neighbours = names.windows(2);
    let twins = neighbours.any(|pair| matches!(pair, [one, other] if one == other));
    twins.then_some("has two members of one name")
}

const NO_JSON: &str = "is no JSON";
const MAX_DEPTH: usize = 32;
/// 2^53 - 1: up to here every integer is exact in a double.
const GREATEST: f64 = 9_007_199_254_740_991.0;
