//! What do the `Set-Cookie` lines say? This is the only file that writes them.

use std::fmt;

use sealjar::Token;

use super::attributes::Attributes;
use super::chunk::{Layout, Suffix};
use super::mark;
use crate::few::Few;

/// The `Set-Cookie` header values of one response, in order. Mark each as sensitive.
#[derive(Clone, Default)]
pub struct SetCookies(Few<String>);

impl SetCookies {
    /// Returns whether there is nothing to set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }
}

impl fmt::Debug for SetCookies {
    /// Shows only their number: a line that reaches a log can be replayed from there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookies")
            .field("lines", &self.0.len())
            .finish_non_exhaustive()
    }
}

impl IntoIterator for SetCookies {
    type Item = String;
    type IntoIter = std::iter::Chain<std::option::IntoIter<String>, std::vec::IntoIter<String>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Writes the lines of one jar.
pub(crate) struct Writer<'a> {
    pub(crate) name: &'a str,
    pub(crate) attributes: &'a Attributes,
    pub(crate) lines: SetCookies,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(name: &'a str, attributes: &'a Attributes) -> Self {
        Self {
            name,
            attributes,
            lines: SetCookies::default(),
        }
    }

    /// Sets the session in place of what came, and expires the parts that are no longer used.
    pub(crate) fn replace(
        &mut self,
        token: &Token,
        layout: Layout,
        max_age: Option<u32>,
        parts_that_came: u16,
    ) {
        // These lines come first, because some browsers take both for the same cookie: those that
        // do not know `Partitioned`, or do not distinguish a cookie of a host from one of a domain
        // of that name.
        self.remove_former(parts_that_came);
        self.set(token, layout, max_age);
        for part in parts(parts_that_came).filter(|part| *part >= layout.parts) {
            self.remove_one(Suffix::Part(part), &self.attributes.remove);
        }
    }

    /// Sets the session and expires nothing.
    pub(crate) fn set(&mut self, token: &Token, layout: Layout, max_age: Option<u32>) {
        if layout.parts == 1 {
            let length = token.text_len() + self.attributes.len(max_age);
            let mut line = self.begin(Suffix::None, length);
            token.write_to(&mut line);
            self.attributes.write_to(max_age, &mut line);
            self.lines.0.push(line);
        } else {
            layout.split(&token.to_string(), |suffix, value| {
                self.line(suffix, value, max_age);
            });
        }
    }

    /// Expires the session and all parts that came with the request, in every scope where they may
    /// be.
    pub(crate) fn remove(&mut self, parts_that_came: u16) {
        self.remove_all(parts_that_came, &self.attributes.remove);
        self.remove_former(parts_that_came);
    }

    /// Marks sessions as logged out for this many seconds, so that a slower response that was
    /// already in flight does not bring one back.
    pub(crate) fn mark_logged_out(&mut self, ids: impl Iterator<Item = [u8; 8]>, max_age: u32) {
        self.line(Suffix::Out, &[&mark::write(ids)], Some(max_age));
    }

    /// Sets a cookie that is not the jar's own.
    pub(crate) fn set_other(
        &mut self,
        name: &str,
        value: &str,
        attributes: &Attributes,
        max_age: Option<u32>,
    ) {
        let mut line = format!("{name}={value}");
        attributes.write_to(max_age, &mut line);
        self.lines.0.push(line);
    }

    /// Expires a cookie that is not the jar's own, once.
    pub(crate) fn remove_other(&mut self, name: &str, attributes: &Attributes) {
        let line = format!("{name}={}", attributes.remove);
        if self.lines.0.iter().all(|other| *other != line) {
            self.lines.0.push(line);
        }
    }

    fn remove_former(&mut self, parts_that_came: u16) {
        for remove in &self.attributes.remove_former {
            self.remove_all(parts_that_came, remove);
        }
    }

    fn line(&mut self, suffix: Suffix, value: &[&str], max_age: Option<u32>) {
        let length: usize = value.iter().map(|piece| piece.len()).sum();
        let mut line = self.begin(suffix, length + self.attributes.len(max_age));
        value.iter().for_each(|piece| line.push_str(piece));
        self.attributes.write_to(max_age, &mut line);
        self.lines.0.push(line);
    }

    fn remove_all(&mut self, parts_that_came: u16, attributes: &str) {
        self.remove_one(Suffix::None, attributes);
        for part in parts(parts_that_came) {
            self.remove_one(Suffix::Part(part), attributes);
        }
    }

    fn remove_one(&mut self, suffix: Suffix, attributes: &str) {
        let mut line = self.begin(suffix, attributes.len());
        line.push_str(attributes);
        self.lines.0.push(line);
    }

    fn begin(&self, suffix: Suffix, rest: usize) -> String {
        let suffix = suffix.texts();
        let marks = suffix[0].len() + suffix[1].len() + "=".len();
        // The capacity is exact: a header value takes over a string without spare room as it is.
        let mut line = String::with_capacity(self.name.len() + marks + rest);
        line.push_str(self.name);
        suffix.iter().for_each(|text| line.push_str(text));
        line.push('=');
        line
    }
}

pub(crate) fn parts(bits: u16) -> impl Iterator<Item = usize> {
    (1..=8).filter(move |part| bits & (1 << part) != 0)
}
