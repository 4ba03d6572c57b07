//! A visitor's browser, and copies of its cookies.

use sealjar_tests::cookies::Cookies;

use crate::answer::Answer;
use crate::world::{Clock, World};

/// Keeps the cookies of one visitor, who only ever visits `https://shop.example.org`.
pub(crate) struct Browser {
    clock: Clock,
    cookies: Cookies,
    copies: Vec<(&'static str, String)>,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            clock: world.clock.clone(),
            cookies: Cookies::of("shop.example.org"),
            copies: Vec::new(),
        }
    }

    /// The `Cookie` header for a path.
    pub(crate) fn header(&self, path: &str) -> String {
        self.cookies.header(path, self.clock.seconds())
    }

    pub(crate) fn receive(&mut self, answer: &Answer) {
        for line in answer.values("set-cookie") {
            self.take(line);
        }
    }

    /// Accepts a `Set-Cookie` line, from the app or from anyone else who can send one.
    pub(crate) fn take(&mut self, line: &str) {
        self.cookies.take(line, self.clock.seconds());
    }

    /// Keeps a copy of what it would send, as a thief or a restored tab has.
    pub(crate) fn keep_copy(&mut self, name: &'static str) {
        self.copies.push((name, self.header("/")));
    }

    pub(crate) fn copy(&self, name: &str) -> &str {
        let copy = self.copies.iter().find(|it| it.0 == name);
        copy.map_or_else(|| panic!("no copy {name:?} was kept"), |it| &it.1)
    }
}
