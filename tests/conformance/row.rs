//! How is a row written down? What happens, and what has to come of it.

use std::sync::Arc;

use http::Method;
use sealjar_session::Jar;

use crate::adapter::Mount;
use crate::answer::{Attributes, Effect, Line};
use crate::browser::Browser;
use crate::exchange::Work;
use crate::people::Account;
use crate::world::{DAY, NAME, World};

/// What is mounted around the handler, innermost first. Built anew for each request: no replica remembers
/// the one before.
pub(crate) type Site = Arc<dyn Fn(&World) -> Vec<Mount> + Send + Sync>;

/// A name that is a sentence, and a visitor's requests.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) site: Site,
    pub(crate) attributes: Attributes,
    /// Cookie names that are the application's own.
    pub(crate) foreign: Vec<&'static str>,
    /// `Set-Cookie` lines that the browser took before the row begins.
    pub(crate) holding: Arc<dyn Fn(&World) -> Vec<String> + Send + Sync>,
    pub(crate) steps: Vec<Step>,
    /// Whether all answers have to be the same, byte for byte.
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
            pairs.map(|it| format!("{it}; Path=/; Secure")).collect()
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
    /// After how many later exchanges the answer comes.
    pub(crate) delay: usize,
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
        delay: 0,
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

    /// Answers late: so many exchanges come and go before.
    pub(crate) fn answered_after(mut self, exchanges: usize) -> Self {
        self.delay = exchanges;
        self
    }

    /// Keeps a copy of the browser's cookies once the answer is there.
    pub(crate) fn copied_as(mut self, name: &'static str) -> Self {
        self.copy = Some(name);
        self
    }

    pub(crate) fn gives(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }
}

/// What has to come of an exchange. What is `None` is not looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Expect {
    pub(crate) status: u16,
    pub(crate) lines: Vec<Line>,
    pub(crate) cache_control: Vec<String>,
    pub(crate) vary: Vec<String>,
    pub(crate) clear_site_data: Vec<String>,
    /// `{layer}` and `{added by}` stand for the adapter's own words.
    pub(crate) body: Option<String>,
    pub(crate) origin: Option<&'static str>,
    /// The row's sessions are A, B, C in the order in which handlers see them; `Some(None)` is no session.
    pub(crate) id: Option<Option<char>>,
    pub(crate) revision: Option<u32>,
    /// How many cookies opened, and how many were refused.
    pub(crate) uses: Option<(u64, u64)>,
    /// How often a session was decoded.
    pub(crate) decodes: Option<u32>,
}

/// A response in which nothing shows that there are sessions.
pub(crate) fn untouched() -> Expect {
    Expect {
        status: 200,
        lines: Vec::new(),
        cache_control: Vec::new(),
        vary: Vec::new(),
        clear_site_data: Vec::new(),
        body: None,
        origin: None,
        id: None,
        revision: None,
        uses: None,
        decodes: None,
    }
}

/// A response whose handler has looked at the session.
pub(crate) fn reads() -> Expect {
    Expect {
        cache_control: vec!["private".into()],
        vary: vec!["Cookie".into()],
        ..untouched()
    }
}

/// A response that sets these lines.
pub(crate) fn sends(lines: impl IntoIterator<Item = Line>) -> Expect {
    Expect {
        lines: lines.into_iter().collect(),
        cache_control: vec!["no-store".into()],
        ..reads()
    }
}

/// A response that sets a session for as long as a ring and jar allow by default.
pub(crate) fn writes() -> Expect {
    sends([set(NAME, DAY)])
}

/// A response that ends the session which came.
pub(crate) fn purges() -> Expect {
    sends([removed(NAME), marked()]).clearing_site_data()
}

impl Expect {
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn cache_control(mut self, policies: &[&str]) -> Self {
        self.cache_control = policies.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn vary(mut self, fields: &[&str]) -> Self {
        self.vary = fields.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn clearing_site_data(mut self) -> Self {
        self.clear_site_data.push("\"cache\"".into());
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn origin(mut self, origin: &'static str) -> Self {
        self.origin = Some(origin);
        self
    }

    pub(crate) fn id(mut self, letter: char) -> Self {
        self.id = Some(Some(letter));
        self
    }

    pub(crate) fn no_id(mut self) -> Self {
        self.id = Some(None);
        self
    }

    pub(crate) fn revision(mut self, revision: u32) -> Self {
        self.revision = Some(revision);
        self
    }

    pub(crate) fn uses(mut self, opened: u64, refused: u64) -> Self {
        self.uses = Some((opened, refused));
        self
    }

    pub(crate) fn decodes(mut self, count: u32) -> Self {
        self.decodes = Some(count);
        self
    }

    /// Whether the handler has to look at its session for this to be known.
    pub(crate) fn looks_inside(&self) -> bool {
        self.origin.is_some() || self.id.is_some() || self.revision.is_some()
    }
}

pub(crate) fn set(name: &str, seconds: u32) -> Line {
    line(name, Effect::Set(Some(seconds)))
}

pub(crate) fn set_until_the_browser_closes(name: &str) -> Line {
    line(name, Effect::Set(None))
}

pub(crate) fn removed(name: &str) -> Line {
    line(name, Effect::Removed)
}

/// The mark that a session was logged out.
pub(crate) fn marked() -> Line {
    set(&format!("{NAME}.out"), 60)
}

pub(crate) fn foreign(name: &str, value: &str) -> Line {
    line(name, Effect::Foreign(value.into()))
}

fn line(name: &str, effect: Effect) -> Line {
    Line {
        name: name.into(),
        effect,
        attributes: None,
    }
}

/// One account jar with the defaults.
pub(crate) fn usual(world: &World) -> Vec<Mount> {
    vec![Mount::Account(world.jar::<Account>().build().unwrap())]
}

/// The same on a replica whose ring does not change any more.
pub(crate) fn lagging(world: &World) -> Vec<Mount> {
    let jar: Jar<Account> = world.jar_over(&world.behind).build().unwrap();
    vec![Mount::Account(jar)]
}
