//! Which headers does the response need, after what its handlers did with the session?

use sealjar::Timestamp;
use tracing::Level;

use crate::cache::{Effect, Policies};
use crate::cookie::write::Writer;
use crate::data::{Expiry, SessionData};
use crate::error::CloseError;
use crate::incoming::Incoming;
use crate::intent::Intent;
use crate::origin::Origin;
use crate::request::FetchMetadata;
use crate::response::Closing;
use crate::seal::{idle, is_misplaced, seal_again, seal_changed};
use crate::second_look;
use crate::shared::Shared;
use crate::state::{Ended, State};

/// Ends a request: decides what happens to the session's cookie, and what caches may do.
///
/// `headers` are those that the application has set on the response.
pub(crate) fn close<'a, T: SessionData>(
    jar: &Shared,
    incoming: &Incoming<T>,
    state: &mut State<T>,
    fetch: FetchMetadata,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<Closing, CloseError> {
    settle(jar, incoming, state);
    let seals = matches!(state.intent, Intent::Write | Intent::Renew);
    let has_ended = seals && second_look::has_ended(jar, incoming, state);
    if has_ended {
        state.intent = Intent::Keep;
    }
    let exchange = Exchange {
        jar,
        incoming,
        state,
        extends: extends(jar, fetch, state),
    };
    // Most requests seal nothing, and need no second look.
    let reseal = exchange
        .due_reseal()
        .filter(|_| !has_ended && !second_look::has_ended(jar, incoming, state));
    let clears = exchange.clears_logged_out();
    if !exchange.extends && state.intent == Intent::Keep {
        jar.unextended.log(jar.cookie_name(), incoming);
    }

    let policies = Policies::read(headers);
    let mut closing = Closing {
        vary: (!policies.varies_by_cookie).then_some("Cookie"),
        ..Closing::default()
    };
    let verdict = policies.verdict(match (state.intent, &reseal) {
        (Intent::Keep, None) if clears => Effect::Reseal { urgent: false },
        (Intent::Keep, None) => Effect::Read,
        (Intent::Keep, Some(due)) => Effect::Reseal { urgent: due.urgent },
        (Intent::Purge, _) if state.ended != Some(Ended::Purged) => Effect::Discard,
        (Intent::Write | Intent::Renew | Intent::Purge, _) => Effect::Write,
    });
    if verdict.overridden {
        log_replaced_policy(jar);
    }
    closing.cache_control = match verdict.cache_control {
        Some(_) if exchange.is_never_to_be_stored() => Some("no-store"),
        policy => policy,
    };
    closing.other_policies = verdict.replaced;

    let mut lines = Writer::new(jar.cookie_name(), &jar.settings.attributes);
    match state.intent {
        Intent::Keep if verdict.withheld => {}
        Intent::Keep if clears => remove(jar, incoming, &mut lines),
        Intent::Keep => {
            if let Some(due) = reseal {
                seal_again(jar, incoming, state, due.now, &mut lines);
            }
        }
        Intent::Write | Intent::Renew => seal_changed(jar, incoming, state, &mut lines)?,
        Intent::Purge => remove(jar, incoming, &mut lines),
    }
    exchange.mark_logged_out(&mut lines);
    if exchange.logs_out() {
        closing.clear_site_data = jar.settings.clear_site_data;
    }
    closing.set_cookies = lines.lines;
    exchange.note_delivery();
    Ok(closing)
}

/// Expires the session, in whichever cookies the browser may have it.
fn remove<T>(jar: &Shared, incoming: &Incoming<T>, lines: &mut Writer<'_>) {
    lines.remove(incoming.parts);
    jar.doors.expire(incoming.legacy, None, lines);
}

/// Logs that the application's cache policy was replaced: at WARN once a second, otherwise at
/// DEBUG, because a handler may cause it on every response.
fn log_replaced_policy(jar: &Shared) {
    macro_rules! log {
        ($level:expr) => {
            tracing::event!(
                target: "sealjar",
                $level,
                cookie = jar.cookie_name(),
                "the response sets a session cookie and lets shared caches keep it: replaced what it \
                 says to caches by no-store"
            )
        };
    }
    if jar.loudness.policy_replaced.is_new(jar.now().ok()) {
        log!(Level::WARN);
    } else {
        log!(Level::DEBUG);
    }
}

/// Changes the intent in the two cases where the session turns out to have ended, or there is
/// nothing to expire.
fn settle<T: SessionData>(jar: &Shared, incoming: &Incoming<T>, state: &mut State<T>) {
    if state.intent == Intent::Purge && has_nothing_to_expire(jar, incoming) {
        state.intent = Intent::Keep;
        state.ended = None;
    }
    // A token that expires at once would leave the cookie before it in place.
    if is_written_to_end(jar, incoming, state) {
        state.intent = Intent::Purge;
        state.end(Ended::Purged);
    }
}

/// Returns whether the browser has no cookie of the session: none came, and the browser would have
/// sent it.
fn has_nothing_to_expire<T>(jar: &Shared, incoming: &Incoming<T>) -> bool {
    let absent = matches!(incoming.origin, Origin::Absent { withheld: false });
    absent && incoming.parts == 0 && incoming.legacy.is_nothing() && jar.settings.comes_always
}

/// Returns whether the value that was written says that the session has ended.
fn is_written_to_end<T: SessionData>(
    jar: &Shared,
    incoming: &Incoming<T>,
    state: &State<T>,
) -> bool {
    match (state.intent, state.value(&incoming.value).expiry()) {
        (Intent::Write | Intent::Renew, Expiry::At(end)) => jar.now().is_ok_and(|now| now >= end),
        _ => false,
    }
}

/// Returns whether this request may extend the session's idle time.
fn extends<T>(jar: &Shared, fetch: FetchMetadata, state: &State<T>) -> bool {
    let any_use = jar.settings.keep_alive && !fetch.is_speculative();
    fetch.is_navigation() || state.keep_alive || any_use
}

/// A request that has been answered, as far as the session is concerned.
struct Exchange<'a, T> {
    jar: &'a Shared,
    incoming: &'a Incoming<T>,
    state: &'a State<T>,
    /// Whether this request may extend the session's idle time.
    extends: bool,
}

/// A session that was only read and is due to be sealed again.
#[derive(Clone, Copy)]
struct Due {
    now: Timestamp,
    /// Whether more than half of its idle time is gone.
    urgent: bool,
}

impl<T: SessionData> Exchange<'_, T> {
    /// Returns whether an untouched session is due to be sealed again. Most of the time it is not.
    fn due_reseal(&self) -> Option<Due> {
        let received = self.incoming.received.as_ref()?;
        if self.state.intent != Intent::Keep || !self.extends {
            return None;
        }
        if is_misplaced(self.jar, received) {
            // It moves at the first response that may do so.
            return Some(Due {
                now: received.opened_at(),
                urgent: false,
            });
        }
        if received.legacy().is_some() {
            // The former library would have left it as it is.
            return None;
        }
        if matches!(received.value.expiry(), Expiry::At(end) if received.expires_at() >= end) {
            // The new cookie would not live a second longer.
            return None;
        }
        let now = received.opened_at();
        let allowed = self.jar.sealers.own.longest_ttl_at(now).unwrap_or(u32::MAX);
        let idle = idle(self.jar, &*received.value).min(allowed);
        let timeouts = &self.jar.settings.timeouts;
        let after = if idle < timeouts.idle {
            timeouts.refresh_after.min((idle / 4).max(1))
        } else {
            timeouts.refresh_after
        };
        let age = now.seconds_since(received.sealed_at());
        (age >= after).then_some(Due {
            now,
            urgent: age > idle / 2,
        })
    }

    /// Returns whether to expire an untouched cookie because a slower response set it again after
    /// the visitor had logged out. This waits for a request that could extend the session: if a
    /// login is answered meanwhile, expiring here would remove its cookie too.
    fn clears_logged_out(&self) -> bool {
        self.state.intent == Intent::Keep && self.extends && self.incoming.tried.is_logged_out()
    }

    /// Returns whether the session that came has ended, or now belongs to another subject.
    fn logs_out(&self) -> bool {
        let received = self.incoming.received.as_ref();
        self.state
            .logs_out(received.map(|received| &*received.value))
    }

    /// Marks the sessions that have ended as logged out, and keeps the older marks. No response
    /// still in flight can seal one of them for longer than the mark lives.
    fn mark_logged_out(&self, lines: &mut Writer<'_>) {
        let ended = match &self.incoming.received {
            _ if self.state.ended == Some(Ended::Purged) => self.incoming.tried.opened(),
            Some(received) if self.logs_out() => std::slice::from_ref(&received.envelope().id),
            _ => return,
        };
        if !ended.is_empty() {
            let skew = self.jar.sealers.own.ring().load().timing().skew;
            let max_age = self.jar.settings.timeouts.lifetime.saturating_add(skew);
            let ids = ended.iter().chain(&self.incoming.logged_out);
            lines.mark_logged_out(ids.copied(), max_age);
        }
    }

    /// Returns whether the response belongs to somebody who is logged in, and the jar forbids every
    /// cache to store such a response.
    fn is_never_to_be_stored(&self) -> bool {
        let value = self.state.value(&self.incoming.value);
        self.jar.settings.no_store_when_logged_in && value.subject().is_some()
    }

    /// Lets a debug build check whether the browser keeps the cookie.
    fn note_delivery(&self) {
        let origin = &self.incoming.origin;
        // A cookie that the browser had to leave out says nothing about the ones it can send.
        let withheld = matches!(origin, Origin::Absent { withheld: true });
        let Some(client) = self.state.client.as_ref().filter(|_| !withheld) else {
            return;
        };
        let came = !matches!(origin, Origin::Absent { .. });
        let sets = matches!(self.state.intent, Intent::Write | Intent::Renew);
        let delivery = &self.jar.delivery;
        delivery.end(client, self.jar.cookie_name(), came, sets);
    }
}
