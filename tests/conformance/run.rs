//! Runs rows through an adapter, and reports where it differs.

use std::fmt::Debug;
use std::sync::Arc;

use futures_util::FutureExt;
use http::header::COOKIE;
use http::{HeaderValue, Method, Request};
use sealjar::RefusalCounts;
use sealjar_session::SessionId;
use tokio::sync::oneshot;

use crate::adapter::{Adapter, Answering, Mount};
use crate::answer::{Answer, Line};
use crate::browser::Browser;
use crate::exchange::Exchange;
use crate::expect::Expect;
use crate::failure::Failure;
use crate::people::take_decodes;
use crate::row::{Answered, Row, Step};
use crate::world::World;

/// Runs rows through an adapter. Panics with all differences.
pub(crate) fn check<A: Adapter>(rows: &[Row]) {
    let failures = failures::<A>(rows);
    let texts: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(texts.is_empty(), "\n{}\n", texts.join("\n"));
}

/// Runs rows through an adapter, and returns all differences.
pub(crate) fn failures<A: Adapter>(rows: &[Row]) -> Vec<Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let play = |row| runtime.block_on(Play::<A>::of(row));
    rows.iter().flat_map(play).collect()
}

/// One row in progress.
struct Play<'a, A> {
    row: &'a Row,
    world: World,
    browser: Browser,
    /// The sessions that handlers have seen, in order.
    ids: Vec<SessionId>,
    answers: Vec<Answer>,
    failures: Vec<Failure>,
    adapter: std::marker::PhantomData<A>,
}

/// An exchange whose response has not come yet.
struct Pending<'a> {
    at: usize,
    step: &'a Step,
    mounts: Vec<Mount>,
    exchange: Arc<Exchange>,
    answering: Answering,
    release: Option<oneshot::Sender<()>>,
}

impl Pending<'_> {
    /// Runs the handler until it waits.
    fn started(mut self) -> Self {
        let early = (&mut self.answering).now_or_never();
        assert!(early.is_none(), "step {} did not wait", self.at);
        self
    }
}

impl<'a, A: Adapter> Play<'a, A> {
    async fn of(row: &'a Row) -> Vec<Failure> {
        let world = World::new();
        let mut browser = Browser::new(&world);
        for line in (row.holding)(&world) {
            browser.take(&line);
        }
        let mut play = Self {
            row,
            world,
            browser,
            ids: Vec::new(),
            answers: Vec::new(),
            failures: Vec::new(),
            adapter: std::marker::PhantomData,
        };
        let mut late = Vec::new();
        for (at, step) in row.steps.iter().enumerate() {
            let pending = play.begin(at, step);
            match step.answered {
                Answered::After(exchanges) => late.push((at + exchanges, pending.started())),
                Answered::AtOnce => play.end(pending).await,
                Answered::Never => drop(pending.started()),
            }
            let due: Vec<_> = late.extract_if(.., |it| it.0 <= at).collect();
            for (_, pending) in due {
                play.end(pending).await;
            }
        }
        assert!(late.is_empty(), "{}: an answer never came", row.name);
        if row.alike {
            play.compare_answers();
        }
        play.failures
    }

    fn begin(&mut self, at: usize, step: &'a Step) -> Pending<'a> {
        (step.before)(&self.world);
        self.world.clock.pass(step.wait);
        let mut request = Request::new(());
        *request.method_mut() = step.method.clone();
        *request.uri_mut() = step.path.parse().unwrap();
        for (name, value) in &step.headers {
            let value = HeaderValue::from_static(value);
            request.headers_mut().append(*name, value);
        }
        let cookies = match &step.sends {
            Some(sends) => sends(&self.browser, &self.world),
            None => vec![self.browser.header(step.path).into()],
        };
        for cookie in cookies.into_iter().filter(|it| !it.is_empty()) {
            let value = HeaderValue::try_from(cookie).unwrap();
            request.headers_mut().append(COOKIE, value);
        }
        let site = step.site.as_ref().unwrap_or(&self.row.site);
        let mounts = site(&self.world);
        let exchange = Arc::new(Exchange::new(step.work.clone(), step.expect.looks_inside()));
        let release = (step.answered != Answered::AtOnce).then(|| exchange.hold_back());
        take_decodes();
        Pending {
            answering: A::call(mounts.clone(), Arc::clone(&exchange), request),
            at,
            step,
            mounts,
            exchange,
            release,
        }
    }

    async fn end(&mut self, pending: Pending<'_>) {
        if let Some(release) = pending.release {
            release.send(()).unwrap();
        }
        let mut answer = pending.answering.await;
        if pending.step.method == Method::HEAD {
            // No server sends a body with this response.
            answer.body.clear();
        }
        self.browser.receive(&answer);
        if let Some(name) = pending.step.copy {
            self.browser.keep_copy(name);
        }
        let expect = &pending.step.expect;
        let found = self.found(&answer, &pending.exchange, &pending.mounts, expect);
        self.compare(pending.at, expect, &found);
        self.answers.push(answer);
    }

    /// Describes a response as a row would.
    fn found(
        &mut self,
        answer: &Answer,
        exchange: &Exchange,
        mounts: &[Mount],
        expect: &Expect,
    ) -> Expect {
        let texts = |name| {
            let values = answer.values(name).into_iter();
            values.map(str::to_owned).collect::<Vec<_>>()
        };
        let lines = answer.headers.iter().filter(|it| it.name == "set-cookie");
        let seen = exchange.seen();
        Expect {
            status: answer.status,
            location: texts("location"),
            lines: lines.map(|it| Line::read(it, &self.row.foreign)).collect(),
            cache_control: texts("cache-control"),
            other_policies: other_policies(answer),
            vary: texts("vary"),
            clear_site_data: texts("clear-site-data"),
            body: expect.body.is_some().then(|| answer.body.clone()),
            origin: seen.as_ref().map(|it| it.origin),
            id: seen.as_ref().map(|it| it.id.map(|id| self.letter(id))),
            revision: seen.map(|it| it.revision),
            uses: Some(uses(mounts)),
            decodes: Some(take_decodes()),
        }
    }

    fn letter(&mut self, id: SessionId) -> char {
        let known = self.ids.iter().position(|it| *it == id);
        let at = known.unwrap_or_else(|| {
            self.ids.push(id);
            self.ids.len() - 1
        });
        ('A'..='Z').nth(at).unwrap()
    }

    fn compare(&mut self, at: usize, expect: &Expect, found: &Expect) {
        let attributes = &self.row.attributes;
        let lines: Vec<Line> = expect
            .lines
            .iter()
            .map(|it| it.clone().with(attributes))
            .collect();
        let body = expect.body.as_ref().map(|it| {
            it.replace("{layer}", A::LAYER)
                .replace("{added by}", A::ADDED_BY)
        });
        self.differ(at, "status", &expect.status, &found.status);
        self.differ(at, "Location", &expect.location, &found.location);
        self.differ(at, "Set-Cookie", &lines, &found.lines);
        self.differ(
            at,
            "Cache-Control",
            &expect.cache_control,
            &found.cache_control,
        );
        self.differ(
            at,
            "other policies",
            &expect.other_policies,
            &found.other_policies,
        );
        self.differ(at, "Vary", &expect.vary, &found.vary);
        self.differ(
            at,
            "Clear-Site-Data",
            &expect.clear_site_data,
            &found.clear_site_data,
        );
        self.differ_if(at, "body", body.as_ref(), found.body.as_ref());
        self.differ_if(at, "origin", expect.origin.as_ref(), found.origin.as_ref());
        self.differ_if(at, "id", expect.id.as_ref(), found.id.as_ref());
        self.differ_if(
            at,
            "revision",
            expect.revision.as_ref(),
            found.revision.as_ref(),
        );
        self.differ_if(at, "uses", expect.uses.as_ref(), found.uses.as_ref());
        self.differ_if(
            at,
            "decodes",
            expect.decodes.as_ref(),
            found.decodes.as_ref(),
        );
    }

    fn compare_answers(&mut self) {
        let answers = std::mem::take(&mut self.answers);
        for (at, answer) in answers.iter().enumerate() {
            self.differ(at, "all of the answer", &answers[0], answer);
        }
    }

    /// A field that the row does not mention cannot differ.
    fn differ_if<T: Debug + PartialEq>(
        &mut self,
        at: usize,
        what: &'static str,
        expected: Option<&T>,
        found: Option<&T>,
    ) {
        if expected.is_some() {
            self.differ(at, what, &expected, &found);
        }
    }

    fn differ<T: Debug + PartialEq>(
        &mut self,
        step: usize,
        what: &'static str,
        expected: &T,
        found: &T,
    ) {
        if expected != found {
            self.failures.push(Failure {
                row: self.row.name.clone(),
                adapter: A::NAME,
                step,
                what,
                expected: format!("{expected:?}"),
                found: format!("{found:?}"),
            });
        }
    }
}

/// The response's cache headers other than `Cache-Control`.
fn other_policies(answer: &Answer) -> Vec<(String, String)> {
    let fields = [
        "surrogate-control",
        "edge-control",
        "x-accel-expires",
        "expires",
    ];
    let headers = answer.headers.iter();
    headers
        .filter(|it| it.name.ends_with("-cache-control") || fields.contains(&it.name.as_str()))
        .map(|it| (it.name.clone(), it.value.clone()))
        .collect()
}

/// How many cookies the jars opened and refused for one request.
fn uses(mounts: &[Mount]) -> (u64, u64) {
    let mut both = (0, 0);
    for uses in mounts.iter().map(Mount::uses) {
        both.1 += uses.refused.total();
        both.0 += uses.keys.iter().map(|key| key.opened).sum::<u64>();
        both.1 += uses
            .keys
            .iter()
            .map(|key| RefusalCounts::total(&key.refused))
            .sum::<u64>();
    }
    both
}
