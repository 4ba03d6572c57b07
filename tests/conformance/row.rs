//! A row: what happens, and what to expect.

use std::sync::Arc;

use http::Method;
use sealjar_session::Jar;

use crate::adapter::Mount;
use crate::answer::Attributes;
use crate::browser::Browser;
use crate::exchange::Work;
use crate::expect::{Expect, reads};
use crate::people::Account;
use crate::world::World;

/// What is mounted around the handler, innermost first. Built anew for each request: no replica
/// remembers the one before.
pub(crate) type Site = Arc<dyn Fn(&World) -> Vec<Mount> + Send + Sync>;

type Lines = Arc<dyn Fn(&World) -> Vec<String> + Send + Sync>;

/// A name that is a sentence, and a visitor's requests.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) site: Site,
    pub(crate) attributes: Attributes,
    /// The names of the application's own cookies.
    pub(crate) foreign: Vec<&'static str>,
    /// `Set-Cookie` lines that the browser got before the row begins.
    pub(crate) holding: Lines,
    pub(crate) steps: Vec<Step>,
    /// Whether all responses have to be the same, byte for byte.
    pub(crate) alike: bool,
}

pub(crate) fn row(name: impl Into<String>) -> Row {
    Row {
        name: name.into(),
        site: Arc::new(usual),
        attributes: Attributes::default(),
        foreign: Vec::new(),
        holding: Arc::new(|_| Vec::new()),
        steps: Vec::new(),
        alike: false,
    }
}

impl Row {
    pub(crate) fn on(
        mut self,
        site: impl Fn(&World) -> Vec<Mount> + Send + Sync + 'static,
    ) -> Self {
        self.site = Arc::new(site);
        self
    }

    pub(crate) fn with_attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }

    pub(crate) fn with_foreign(mut self, name: &'static str) -> Self {
        self.foreign.push(name);
        self
    }

    /// The browser begins with the pairs of this header, each set for the whole host.
    pub(crate) fn holding(self, header: impl Fn(&World) -> String + Send + Sync + 'static) -> Self {
        self.having_taken(move |world| {
            let header = header(world);
            let pairs = header.split("; ").filter(|it| !it.is_empty());
            pairs
                .map(|it| format!("{it}; Path=/; Secure; HttpOnly"))
                .collect()
        })
    }

    pub(crate) fn having_taken(
        mut self,
        lines: impl Fn(&World) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        self.holding = Arc::new(lines);
        self
    }

    pub(crate) fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub(crate) fn all_alike(mut self) -> Self {
        self.alike = true;
        self
    }
}

type Sends = Arc<dyn Fn(&Browser, &World) -> Vec<Vec<u8>> + Send + Sync>;

/// When the response comes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Answered {
    /// After this many later exchanges.
    After(usize),
    AtOnce,
    Never,
}

/// One exchange.
pub(crate) struct Step {
    pub(crate) wait: u32,
    pub(crate) before: Arc<dyn Fn(&World) + Send + Sync>,
    /// Another replica or build than the row's.
    pub(crate) site: Option<Site>,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The `Cookie` headers in place of what the browser would send.
    pub(crate) sends: Option<Sends>,
    pub(crate) work: Work,
    pub(crate) answered: Answered,
    pub(crate) copy: Option<&'static str>,
    pub(crate) expect: Expect,
}

pub(crate) fn visit(work: Work) -> Step {
    Step {
        wait: 0,
        before: Arc::new(|_| ()),
        site: None,
        method: Method::GET,
        path: "/",
        headers: Vec::new(),
        sends: None,
        work,
        answered: Answered::AtOnce,
        copy: None,
        expect: reads(),
    }
}

impl Step {
    pub(crate) fn after(mut self, seconds: u32) -> Self {
        self.wait = seconds;
        self
    }

    /// Changes the world before the request.
    pub(crate) fn once(mut self, change: impl Fn(&World) + Send + Sync + 'static) -> Self {
        self.before = Arc::new(change);
        self
    }

    pub(crate) fn on(
        mut self,
        site: impl Fn(&World) -> Vec<Mount> + Send + Sync + 'static,
    ) -> Self {
        self.site = Some(Arc::new(site));
        self
    }

    pub(crate) fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn path(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn sends(
        mut self,
        headers: impl Fn(&Browser, &World) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        self.sends = Some(Arc::new(headers));
        self
    }

    /// Sends one header in place of the browser's.
    pub(crate) fn sends_header(
        self,
        header: impl Fn(&World) -> String + Send + Sync + 'static,
    ) -> Self {
        self.sends(move |_, world| vec![header(world).into_bytes()])
    }

    /// Sends the copy of that name.
    pub(crate) fn sends_copy(self, name: &'static str) -> Self {
        self.sends(move |browser, _| vec![browser.copy(name).into()])
    }

    /// Answers late: this many exchanges happen before.
    pub(crate) fn answered_after(mut self, exchanges: usize) -> Self {
        self.answered = Answered::After(exchanges);
        self
    }

    /// The visitor disconnects while the handler works. The expectation is not checked.
    pub(crate) fn given_up(mut self) -> Self {
        self.answered = Answered::Never;
        self
    }

    /// Keeps a copy of the browser's cookies after the response.
    pub(crate) fn copied_as(mut self, name: &'static str) -> Self {
        self.copy = Some(name);
        self
    }

    pub(crate) fn gives(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }
}

/// One account jar with the defaults.
pub(crate) fn usual(world: &World) -> Vec<Mount> {
    vec![Mount::Account(world.jar::<Account>().build().unwrap())]
}

/// The same on a replica whose ring no longer changes.
pub(crate) fn lagging(world: &World) -> Vec<Mount> {
    let jar: Jar<Account> = world.jar_over(&world.behind).build().unwrap();
    vec![Mount::Account(jar)]
}
