//! What does a replica answer to one request, and may it?

use sealjar::{__hazmat as hazmat, Context, LiveRing, OpenError, Timestamp};
use sealjar_session::{FetchMetadata, Jar, Origin, Refusal, Session};

use crate::account::{APP, Account};
use crate::broken::Broken;
use crate::browser::{Act, Answer, Browser, Held, held, reopened};
use crate::clock::Clock;
use crate::properties::Property;
use crate::replica::Process;
use crate::sessions::Sessions;
use crate::watch::Watch;

/// A request of a browser to a replica.
pub(crate) struct Visit<'a> {
    pub(crate) browser: &'a Browser,
    pub(crate) act: Act,
    pub(crate) process: &'a Process,
    pub(crate) clock: &'a Clock,
    pub(crate) broken: Option<Broken>,
}

impl Visit<'_> {
    /// Makes the request. `now` is the browser's time.
    pub(crate) fn make(mut self, sessions: &mut Sessions, watch: &mut Watch, now: u32) -> Answer {
        let Some(jar) = &self.process.jar else {
            return Answer::default();
        };
        let session = jar.open(self.browser.headers(now), FetchMetadata::default());
        let refusal = match session.origin() {
            Origin::Refused(refusal) => Some(refusal.clone()),
            _ => None,
        };
        if let Some(held) = &self.browser.cookie {
            self.judge(held, refusal.as_ref(), sessions, watch);
        }
        if let (Origin::Opened { .. }, Some(id)) = (session.origin(), session.id()) {
            let ended = self.browser.ended.contains(&id.bytes());
            watch.checks.assert(
                Property::LoggedOutStaysLoggedOut,
                !ended,
                self.clock.now().stored(),
                || format!("session {id} opens in the browser that has logged out of it"),
            );
        }
        // A visitor without a session does not renew it.
        if self.act == Act::Renew && !matches!(session.origin(), Origin::Opened { .. }) {
            self.act = Act::Write;
        }
        self.handle(&session, watch);
        self.close(jar, &session, refusal.as_ref(), sessions, watch)
    }

    /// Does what the handler does.
    fn handle(&self, session: &Session<Account>, watch: &mut Watch) {
        match self.act {
            Act::Read => _ = session.get(),
            Act::Renew => session.renew(),
            Act::Purge => session.purge(),
            Act::Write => {
                let written = session.update(|account| {
                    account.name.clone_from(&self.browser.name);
                    account.visits += 1;
                });
                let now = self.clock.now().stored();
                watch
                    .checks
                    .assert(Property::EveryReplicaCanSeal, written.is_ok(), now, || {
                        format!("{written:?}")
                    });
            }
        }
    }

    /// A cookie that some replica sealed opens here, unless there is a reason that applies on every
    /// replica.
    fn judge(
        &self,
        held: &Held,
        refusal: Option<&Refusal>,
        sessions: &Sessions,
        watch: &mut Watch,
    ) {
        let Self { process, .. } = self;
        let (clock, at) = (self.clock.now(), self.clock.now().stored());
        let known = sessions.get(held.id);
        let revoked = known.and_then(|known| known.revoked);
        let opened = refusal.is_none()
            || self.broken == Some(Broken::CompareSealedAt)
                && revoked.is_some_and(|(_, when)| {
                    held.sealed_at > when.saturating_add(process.ring.load().timing().skew)
                })
                && matches!(
                    refusal,
                    Some(Refusal::RevokedSubject | Refusal::Token(OpenError::RevokedAll))
                );
        if let Some((epoch, _)) = revoked {
            let may_open = watch.distributed < epoch;
            watch.checks.assert(
                Property::RevokedStaysRevoked,
                !opened || may_open,
                at,
                || {
                    format!(
                        "a session that epoch {epoch} revoked opens with epoch {}",
                        process.epoch
                    )
                },
            );
            return;
        }
        let life = watch.ledger.of(held.key);
        let has_out = self.browser.out.is_some();
        let excused = life.exposed_in.is_some_and(|epoch| process.epoch < epoch)
            || life.revoked_in.is_some()
            || clock >= held.expires_at
            || known.is_none()
            || has_out && refusal == Some(&Refusal::LoggedOut);
        watch.checks.assert(Property::AcceptedEverywhere, opened || excused, at, || {
            let (born, sealed_at, expires_at) = (held.born, held.sealed_at, held.expires_at);
            format!(
                "a session born {born}, sealed {sealed_at} under {}, good until {expires_at}, is refused \
                 with epoch {} at {clock}: {refusal:?}",
                held.key, process.epoch
            )
        });
    }

    fn close(
        &self,
        jar: &Jar<Account>,
        session: &Session<Account>,
        refusal: Option<&Refusal>,
        sessions: &mut Sessions,
        watch: &mut Watch,
    ) -> Answer {
        let Self {
            browser,
            act,
            broken,
            ..
        } = *self;
        // The failure of an update has already been recorded.
        let closing = Session::close(session, []).unwrap_or_default();
        let mut lines: Vec<String> = closing.set_cookies.into_iter().collect();
        let unknown = matches!(refusal, Some(Refusal::Token(OpenError::UnknownKey(_))));
        if unknown && broken == Some(Broken::ClearOnUnknownKey) && act == Act::Read {
            lines.push(format!("{}=; Max-Age=0", jar.cookie_name()));
        }
        let (now, name) = (self.clock.now(), jar.cookie_name());
        let opened = browser.cookie.as_ref().filter(|_| refusal.is_none());
        let mut answer = Answer {
            ended: opened.filter(|_| act == Act::Purge).map(|held| held.id),
            ..Answer::default()
        };
        for line in &lines {
            let (pair, attributes) = line.split_once("; ").unwrap();
            let (cookie, value) = pair.split_once('=').unwrap();
            let max_age = attributes
                .split("; ")
                .find_map(|it| it.strip_prefix("Max-Age="));
            let max_age: u32 = max_age.unwrap().parse().unwrap();
            match (cookie == name, max_age) {
                (true, 0) => answer.cleared = true,
                (true, _) => {
                    let text = match broken {
                        Some(Broken::BornNow) => born_at(&self.process.ring, name, value, now),
                        _ => value.to_owned(),
                    };
                    let held = held(jar, session, &text, now, max_age);
                    if !matches!(session.origin(), Origin::Opened { .. }) {
                        check_login(jar, &text, &browser.name, now, watch);
                    }
                    sessions.learn(&held, &browser.name, watch.head());
                    answer.cookie = Some(held);
                }
                (false, _) => answer.out = Some((value.into(), max_age)),
            }
        }
        let logged_out = refusal == Some(&Refusal::LoggedOut);
        if broken == Some(Broken::ForgetLogouts) {
            answer.cleared &= !logged_out;
            answer.out = answer.out.map(|(ids, max_age)| (ids, max_age.min(2)));
        }
        let asked = act == Act::Purge || logged_out;
        let silent = refusal.is_none() || act != Act::Read || lines.is_empty() || logged_out;
        watch.checks.assert(
            Property::NothingIsCleared,
            (asked || !answer.cleared) && silent,
            now.stored(),
            || {
                format!(
                    "{refusal:?} and {act:?} were answered with {} lines",
                    lines.len()
                )
            },
        );
        answer
    }
}

/// A login is not refused because of an earlier revocation, unless that lies further ahead than
/// clocks may differ.
fn check_login(jar: &Jar<Account>, text: &str, name: &str, now: Timestamp, watch: &mut Watch) {
    let ahead = watch.head().is_some_and(|head| {
        let lists = head.ring().revocations();
        let listed = lists.floor.max(lists.subject_born_before(APP, name));
        listed > Some(now.saturating_add(head.ring().timing().skew))
    });
    let refused = match reopened(jar, text).origin() {
        Origin::Refused(refusal) => Some(refusal.clone()),
        _ => None,
    };
    let covered = matches!(
        refused,
        Some(Refusal::RevokedSubject | Refusal::Token(OpenError::RevokedAll))
    );
    watch.checks.assert(
        Property::RevokedCanLogInAgain,
        !covered || ahead,
        now.stored(),
        || format!("a login of {name} is refused at once: {refused:?}"),
    );
}

/// Seals a token's contents once more, born now.
fn born_at(ring: &LiveRing, cookie: &str, text: &str, now: Timestamp) -> String {
    let context = Context::new(APP, hazmat::SESSION).cookie_name(cookie);
    let sealer = hazmat::library_sealer(ring, context).unwrap();
    let Ok(opened) = sealer.open_at(text, now) else {
        return text.into();
    };
    let (payload, expires_at) = (opened.payload(), opened.expires_at());
    let born = opened.born().min(now);
    hazmat::seal_born(&sealer, payload, born, expires_at, now)
        .map_or_else(|_| text.into(), |(token, _)| token.to_string())
}
