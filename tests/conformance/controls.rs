//! Does the table catch a faulty adapter? Each of these has one fault.

use std::marker::PhantomData;
use std::sync::Arc;

use http::Request;
use http::header::COOKIE;
use sealjar_session::SessionRefusalKind;

use crate::adapter::{Adapter, Answering, Mount};
use crate::answer::Answer;
use crate::exchange::{Exchange, Reply, with};
use crate::on_tower::Tower;
use crate::row::Row;
use crate::rows;
use crate::run::failures;
use crate::world::{MARK_LIVES, NAME};

/// The fault of an adapter: what it does to requests or to responses.
trait Flaw {
    fn bend(_: &mut Request<()>) {}
    fn spoil(_: &mut Answer, _: &Exchange, _: &Request<()>) {}
}

/// A plain tower service with a fault.
struct Broken<F>(PhantomData<F>);

impl<F: Flaw> Adapter for Broken<F> {
    const NAME: &'static str = "a broken one";
    const LAYER: &'static str = Tower::LAYER;
    const ADDED_BY: &'static str = Tower::ADDED_BY;

    fn call(mounts: Vec<Mount>, exchange: Arc<Exchange>, mut request: Request<()>) -> Answering {
        F::bend(&mut request);
        let answering = Tower::call(mounts, Arc::clone(&exchange), request.clone());
        Box::pin(async move {
            let mut answer = answering.await;
            F::spoil(&mut answer, &exchange, &request);
            answer
        })
    }
}

/// Runs a group through a faulty adapter, which must fail the named row and not the whole group.
fn catches<F: Flaw>(group: fn() -> Vec<Row>, name: &str) {
    let rows = group();
    let mut failing: Vec<String> = failures::<Broken<F>>(&rows)
        .into_iter()
        .map(|it| it.row)
        .collect();
    failing.dedup();
    assert!(
        failing.iter().any(|it| it == name),
        "{name:?} is not among {failing:#?}"
    );
    assert!(failing.len() < rows.len(), "it fails whatever there is");
}

macro_rules! flaws {
    ($($test:ident: $flaw:ident in $group:ident, $row:literal)*) => {
        $(
            struct $flaw;
            #[test]
            fn $test() {
                catches::<$flaw>(rows::$group::rows, $row);
            }
        )*
    };
}

/// No adapter does this, but an application can.
#[test]
fn an_application_that_shows_why_it_refused_is_caught() {
    let tells = || with(|session| Ok(Reply::text(format!("{:?}", session.origin()))));
    let row = rows::hostile::all_refusals_look_alike("an application that tells why", tells);
    let differing = failures::<Tower>(&[row]).into_iter();
    let differing = differing.filter(|it| it.what == "all of the answer");
    assert_eq!(differing.count(), SessionRefusalKind::all().count() - 1);
}

flaws! {
    an_adapter_that_loses_what_was_written_is_caught: LosesLines
        in writing, "what is written comes back, and is written over"
    an_adapter_that_clears_what_it_cannot_open_is_caught: Clears
        in refusals, "what is refused as unknown_key is not cleared unasked"
    an_adapter_that_seals_on_every_read_is_caught: SealsAlways
        in overlaps, "a background read does not undo a write, even when the session is due"
    an_adapter_that_takes_every_request_for_a_navigation_is_caught: SeesNavigations
        in reseal, "with Sec-Fetch-Mode \"cors\" a session is sealed again: false"
    an_adapter_whose_switch_keeps_nothing_alive_is_caught: ExtendsNavigationsOnly
        in reseal, "a layer that is told to keeps a session alive from the background"
    an_adapter_that_does_not_see_what_is_fetched_ahead_is_caught: SeesNoPurpose
        in reseal, "what is fetched ahead of time is no navigation: sec-purpose: prefetch"
    an_adapter_that_does_not_see_other_sites_is_caught: SeesNoSites
        in refusals, "a cookie that the browser had to leave out is not called absent alone"
    an_adapter_that_forgets_vary_is_caught: ForgetsVary
        in caches, "a write under Vary Accept"
    an_adapter_that_lets_caches_keep_a_cookie_is_caught: LetsCachesKeep
        in caches, "a logout under Cache-Control public"
    an_adapter_that_sees_no_policy_but_cache_control_is_caught: SeesCacheControl
        in caches, "a write under surrogate-control max-age=60"
    an_adapter_that_removes_another_cookie_than_it_set_is_caught: RemovesAnother
        in attributes, "a domain: the same on setting, sealing again and removing"
    an_adapter_that_leaves_parts_behind_is_caught: LeavesParts
        in chunks, "a session grows to three cookies and shrinks to one"
    an_adapter_that_forgets_the_mark_of_a_logout_is_caught: ForgetsMark
        in overlaps, "a late write does not bring a session back after its logout"
    an_adapter_that_removes_what_nobody_sent_is_caught: RemovesNothing
        in overlaps, "a late logout of nobody undoes no login that came between"
    an_adapter_that_marks_every_end_as_a_logout_is_caught: MarksAlways
        in intents, "a session that is nobody's is discarded by one line"
    an_adapter_that_marks_a_logout_for_a_minute_is_caught: MarksForAMinute
        in logouts, "a write that answers after the logout logs nobody in, a minute later or a day"
    an_adapter_that_marks_one_logout_alone_is_caught: MarksOneLogout
        in logouts, "a second logout does not forget the first"
    an_adapter_that_leaves_what_came_back_after_a_logout_is_caught: LeavesWhatCameBack
        in logouts, "a page that is loaded after the logout expires what came back"
    an_adapter_that_expires_the_cookie_in_one_place_alone_is_caught: ExpiresHereAlone
        in logouts, "from the host to a domain: who was logged in before logs out"
    an_adapter_that_lets_the_browser_store_pages_is_caught: LetsBrowsersStore
        in caches, "a jar that lets nobody store a logged-in person's pages"
    an_adapter_that_tells_refusals_apart_is_caught: TellsApart
        in hostile, "a read answers to every refusal alike, byte for byte"
    an_adapter_that_reads_one_cookie_header_of_several_is_caught: ReadsOneHeader
        in hostile, "cookies on several header lines are one request"
    an_adapter_that_shows_cookies_in_logs_is_caught: ShowsCookies
        in writing, "what is written comes back, and is written over"
    an_adapter_that_replaces_the_applications_cookies_is_caught: ReplacesCookies
        in answers, "the application's own cookies stay, before ours"
    an_adapter_that_writes_on_success_only_is_caught: WritesOnSuccess
        in answers, "an answer of 404 carries what was written"
    an_adapter_that_touches_what_no_handler_asked_for_is_caught: Touches
        in untouched, "with a session a handler that leaves the session alone costs nothing"
}

impl Flaw for LosesLines {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        answer.remove("set-cookie");
    }
}

impl Flaw for Clears {
    fn spoil(answer: &mut Answer, exchange: &Exchange, _: &Request<()>) {
        if is_refused(exchange) && answer.values("set-cookie").is_empty() {
            answer.append("set-cookie", format!("{NAME}={REMOVE}"));
        }
    }
}

impl Flaw for SealsAlways {
    fn spoil(answer: &mut Answer, _: &Exchange, request: &Request<()>) {
        let touched = !answer.values("vary").is_empty();
        let cookie = request.headers().get(COOKIE);
        if let (true, true, Some(cookie)) =
            (touched, answer.values("set-cookie").is_empty(), cookie)
        {
            let pair = cookie.to_str().unwrap();
            answer.append(
                "set-cookie",
                format!("{pair}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400"),
            );
        }
    }
}

impl Flaw for SeesNavigations {
    fn bend(request: &mut Request<()>) {
        request.headers_mut().remove("sec-fetch-mode");
    }
}

impl Flaw for ExtendsNavigationsOnly {
    fn spoil(answer: &mut Answer, _: &Exchange, request: &Request<()>) {
        if request.headers().contains_key("sec-fetch-mode") {
            answer.remove("set-cookie");
        }
    }
}

impl Flaw for SeesNoPurpose {
    fn bend(request: &mut Request<()>) {
        request.headers_mut().remove("sec-purpose");
    }
}

impl Flaw for SeesNoSites {
    fn bend(request: &mut Request<()>) {
        request.headers_mut().remove("sec-fetch-site");
    }
}

impl Flaw for ForgetsVary {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        answer.headers.retain(|it| it.value != "Cookie");
    }
}

impl Flaw for LetsCachesKeep {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        let policies = answer.headers.iter_mut();
        for policy in policies.filter(|it| it.value == "no-store") {
            policy.value = "public".into();
        }
    }
}

impl Flaw for SeesCacheControl {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        let policies = answer.headers.iter_mut();
        for policy in policies.filter(|it| it.name == "surrogate-control") {
            policy.value = "max-age=60".into();
        }
    }
}

impl Flaw for RemovesAnother {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        let lines = answer.headers.iter_mut();
        for line in lines.filter(|it| it.value.contains("Max-Age=0")) {
            line.value = line.value.replace("; Domain=example.org", "");
        }
    }
}

impl Flaw for LeavesParts {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        let part = format!("{NAME}.");
        let is_left = |text: &str| text.starts_with(&part) && text.contains("Max-Age=0");
        answer.headers.retain(|it| !is_left(&it.value));
    }
}

impl Flaw for ForgetsMark {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        answer.headers.retain(|it| !it.value.contains(".out="));
    }
}

impl Flaw for RemovesNothing {
    fn spoil(answer: &mut Answer, _: &Exchange, request: &Request<()>) {
        let sets = !answer.values("set-cookie").is_empty();
        if !request.headers().contains_key(COOKIE) && !sets {
            answer.append("set-cookie", format!("{NAME}={REMOVE}"));
        }
    }
}

impl Flaw for MarksAlways {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        let lines = answer.values("set-cookie");
        let ends = lines.iter().any(|it| it.contains("Max-Age=0"));
        if ends && !lines.iter().any(|it| it.contains(".out=")) {
            let id = "0123456789abcdef";
            let mark =
                format!("{NAME}.out={id}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60");
            answer.append("set-cookie", mark);
        }
    }
}

impl Flaw for MarksForAMinute {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        for line in marks(answer) {
            *line = line.replace(&format!("Max-Age={MARK_LIVES}"), "Max-Age=60");
        }
    }
}

impl Flaw for MarksOneLogout {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        for line in marks(answer) {
            let (ids, attributes) = line.split_once(';').unwrap();
            let first = &ids[..format!("{NAME}.out=").len() + 16];
            *line = format!("{first};{attributes}");
        }
    }
}

impl Flaw for LeavesWhatCameBack {
    fn spoil(answer: &mut Answer, exchange: &Exchange, _: &Request<()>) {
        if is_refused(exchange) {
            answer.remove("set-cookie");
        }
    }
}

impl Flaw for ExpiresHereAlone {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        let is_elsewhere =
            |line: &str| line.contains("Max-Age=0") && !line.contains("Domain=example.org");
        answer.headers.retain(|it| !is_elsewhere(&it.value));
    }
}

impl Flaw for LetsBrowsersStore {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        if answer.values("set-cookie").is_empty() {
            let policies = answer.headers.iter_mut();
            for policy in policies.filter(|it| it.value == "no-store") {
                policy.value = "private".into();
            }
        }
    }
}

impl Flaw for TellsApart {
    fn spoil(answer: &mut Answer, _: &Exchange, request: &Request<()>) {
        if request.headers().contains_key(COOKIE) {
            answer.append("x-cookie", "seen");
        }
    }
}

impl Flaw for ReadsOneHeader {
    fn bend(request: &mut Request<()>) {
        let headers = request.headers_mut();
        if let Some(first) = headers.get(COOKIE).cloned() {
            headers.insert(COOKIE, first);
        }
    }
}

impl Flaw for ShowsCookies {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        let headers = answer.headers.iter_mut();
        headers.for_each(|it| it.sensitive = false);
    }
}

impl Flaw for ReplacesCookies {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        if let Some(line) = answer.values("set-cookie").last().map(ToString::to_string) {
            answer.remove("set-cookie");
            answer.append("set-cookie", line);
        }
    }
}

impl Flaw for WritesOnSuccess {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        if answer.status >= 400 {
            answer.remove("set-cookie");
        }
    }
}

impl Flaw for Touches {
    fn spoil(answer: &mut Answer, _: &Exchange, _: &Request<()>) {
        if answer.values("vary").is_empty() {
            answer.append("vary", "Cookie");
        }
    }
}

/// The lines that mark a session as logged out.
fn marks(answer: &mut Answer) -> impl Iterator<Item = &mut String> {
    let lines = answer.headers.iter_mut().map(|it| &mut it.value);
    lines.filter(|line| line.starts_with(&format!("{NAME}.out=")))
}

fn is_refused(exchange: &Exchange) -> bool {
    let seen = exchange.seen();
    seen.is_some_and(|it| !it.origin.starts_with("absent") && it.origin != "opened")
}

const REMOVE: &str =
    "; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
