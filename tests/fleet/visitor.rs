//! What does a visitor see, and a thief with a copy of the visitor's cookie?

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use sealjar::{__hazmat as hazmat, Context, KeyRing, LiveRing, OpenError, Revocations, Timestamp};
use sealjar_session::{FetchMetadata, Jar, Origin, Refusal, Session, SessionData};
use serde::{Deserialize, Serialize};

use crate::broken::Broken;
use crate::browser::{Act, Answer, Browser, Held, held, reopened};
use crate::clock::Clock;
use crate::document::Document;
use crate::faults::Dice;
use crate::properties::{Checks, Property};
use crate::replica::Process;
use crate::watch::Watch;

/// Who is logged in, and how often they came.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) visits: u32,
}

impl SessionData for Account {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }
}

/// A jar over a replica's ring and clock.
pub(crate) fn jar(ring: &LiveRing, clock: &Clock) -> Jar<Account> {
    let horizon = ring.load().revocations().horizon;
    Jar::builder(ring, APP)
        .lifetime(Duration::from_secs(horizon.into()))
        .clock(clock.reading())
        .build()
        .unwrap()
}

/// All visitors, all thieves, and what is known of every session.
#[derive(Debug, Default)]
pub(crate) struct Visitors {
    browsers: Vec<Browser>,
    sessions: HashMap<[u8; 8], Known>,
}

/// What is known of a session.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) born: Timestamp,
    /// The epoch that revoked it, and when.
    revoked: Option<(u64, Timestamp)>,
}

impl Visitors {
    pub(crate) fn new(count: usize) -> Self {
        let named = |at: usize| Browser {
            name: format!("visitor {at}"),
            ..Browser::default()
        };
        Self {
            browsers: (0..count).map(named).collect(),
            sessions: HashMap::new(),
        }
    }

    /// A session to revoke.
    pub(crate) fn any_session(&self, dice: &mut Dice) -> Option<([u8; 8], &Known)> {
        let held: Vec<_> = self
            .browsers
            .iter()
            .filter_map(|it| it.cookie.as_ref())
            .collect();
        let held = held.get(dice.index(held.len().max(1)))?;
        Some((held.id, self.sessions.get(&held.id)?))
    }

    /// Examines a commit: which sessions does it revoke, and does it forget the revocation of one
    /// that may still live?
    pub(crate) fn committed(&mut self, ring: &KeyRing, checks: &mut Checks, slowest: Timestamp) {
        let lists = ring.revocations();
        self.sessions
            .retain(|_, known| slowest < known.born.saturating_add(lists.horizon));
        for (id, known) in &mut self.sessions {
            let covered = is_covered(lists, *id, &known.name, known.born);
            if let Some((epoch, _)) = known.revoked {
                checks.assert(
                    Property::ReferencedIsKept,
                    covered,
                    slowest.stored(),
                    || format!("epoch {} forgets what epoch {epoch} revoked", ring.epoch()),
                );
            } else if covered {
                known.revoked = Some((ring.epoch(), ring.issued_at()));
            }
        }
    }

    /// Every key was revoked, and with them everything that was ever sealed.
    pub(crate) fn all_are_out(&mut self) {
        self.sessions.clear();
    }

    /// Asserts that an order to revoke was effective.
    pub(crate) fn must_be_revoked(
        &self,
        checks: &mut Checks,
        at: u32,
        named: impl Fn(&[u8; 8], &Known) -> bool,
    ) {
        for (id, known) in self.sessions.iter().filter(|(id, known)| named(id, known)) {
            checks.assert(
                Property::RevokedStaysRevoked,
                known.revoked.is_some(),
                at,
                || format!("session {id:02x?} goes on after the order to revoke it"),
            );
        }
    }

    /// One second: responses arrive, and some browsers make requests.
    pub(crate) fn second(
        &mut self,
        now: u32,
        processes: &[(&Process, &Clock)],
        watch: &mut Watch,
        dice: &mut Dice,
        broken: Option<Broken>,
    ) {
        let mut stolen = Vec::new();
        let mut browsers = std::mem::take(&mut self.browsers);
        for browser in &mut browsers {
            browser.receive(now);
            if processes.is_empty() || !dice.happens(0.25) {
                continue;
            }
            let (process, clock) = processes[dice.index(processes.len())];
            let act = browser.wants(dice);
            let answer = self.visit(browser, act, process, clock, watch, broken, now);
            let late = if dice.happens(0.2) {
                dice.within(1..=5)
            } else {
                0
            };
            browser.answers.push((now + late, answer));
            if !browser.is_thief && browser.cookie.is_some() && dice.happens(0.05) {
                let is_thief = true;
                stolen.push(Browser {
                    is_thief,
                    out: None,
                    ended: Vec::new(),
                    ..browser.clone()
                });
            }
        }
        browsers.extend(stolen);
        // Thieves drop sessions that have ended.
        let is_over = |it: &Browser| {
            it.cookie
                .as_ref()
                .is_none_or(|held| held.expires_at.stored() + 60 < now)
        };
        browsers.retain(|it| !(it.is_thief && is_over(it)));
        let visitors = browsers.iter().filter(|it| !it.is_thief).count();
        browsers.truncate(4 * visitors);
        self.browsers = browsers;
    }

    #[expect(clippy::too_many_arguments, reason = "a request has this many sides")]
    fn visit(
        &mut self,
        browser: &Browser,
        act: Act,
        process: &Process,
        clock: &Clock,
        watch: &mut Watch,
        broken: Option<Broken>,
        now: u32,
    ) -> Answer {
        let Some(jar) = &process.jar else {
            return Answer::default();
        };
        let session = jar.open(browser.headers(now), FetchMetadata::default());
        let refusal = match session.origin() {
            Origin::Refused(refusal) => Some(refusal.clone()),
            _ => None,
        };
        if let Some(held) = &browser.cookie {
            self.judge(
                held,
                refusal.as_ref(),
                process,
                clock,
                watch,
                broken,
                browser.out.is_some(),
            );
        }
        if let (Origin::Opened { .. }, Some(id)) = (session.origin(), session.id()) {
            let ended = browser.ended.contains(&id.bytes());
            watch.checks.assert(
                Property::LoggedOutStaysLoggedOut,
                !ended,
                clock.now().stored(),
                || format!("session {id} opens in the browser that has logged out of it"),
            );
        }
        // A visitor without a session does not renew it.
        let act = match (act, session.origin()) {
            (Act::Renew, Origin::Absent { .. } | Origin::Refused(_)) => Act::Write,
            _ => act,
        };
        match act {
            Act::Read => _ = session.get(),
            Act::Renew => session.renew(),
            Act::Purge => session.purge(),
            Act::Write => {
                let written = session.update(|account| {
                    account.name.clone_from(&browser.name);
                    account.visits += 1;
                });
                let now = clock.now().stored();
                watch
                    .checks
                    .assert(Property::EveryReplicaCanSeal, written.is_ok(), now, || {
                        format!("{written:?}")
                    });
            }
        }
        self.close(
            jar,
            &process.ring,
            &session,
            act,
            refusal.as_ref(),
            clock,
            watch,
            broken,
            browser,
        )
    }

    /// A cookie that some replica sealed opens here, unless there is a reason that applies on every
    /// replica.
    #[expect(clippy::too_many_arguments, reason = "a verdict rests on this much")]
    fn judge(
        &self,
        held: &Held,
        refusal: Option<&Refusal>,
        process: &Process,
        clock: &Clock,
        watch: &mut Watch,
        broken: Option<Broken>,
        has_out: bool,
    ) {
        let (clock, at) = (clock.now(), clock.now().stored());
        let known = self.sessions.get(&held.id);
        let revoked = known.and_then(|known| known.revoked);
        let opened = refusal.is_none()
            || broken == Some(Broken::CompareSealedAt)
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

    #[expect(clippy::too_many_arguments, reason = "an answer has this many sides")]
    fn close(
        &mut self,
        jar: &Jar<Account>,
        ring: &LiveRing,
        session: &Session<Account>,
        act: Act,
        refusal: Option<&Refusal>,
        clock: &Clock,
        watch: &mut Watch,
        broken: Option<Broken>,
        browser: &Browser,
    ) -> Answer {
        // The failure of an update has already been recorded.
        let closing = Session::close(session, []).unwrap_or_default();
        let mut lines: Vec<String> = closing.set_cookies.into_iter().collect();
        let unknown = matches!(refusal, Some(Refusal::Token(OpenError::UnknownKey(_))));
        if unknown && broken == Some(Broken::ClearOnUnknownKey) && act == Act::Read {
            lines.push(format!("{}=; Max-Age=0", jar.cookie_name()));
        }
        let (now, name) = (clock.now(), jar.cookie_name());
        let held_one = browser.cookie.as_ref();
        let opened = held_one.filter(|_| refusal.is_none());
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
                        Some(Broken::BornNow) => born_at(ring, jar.cookie_name(), value, now),
                        _ => value.to_owned(),
                    };
                    let held = held(jar, session, &text, now, max_age);
                    if !matches!(session.origin(), Origin::Opened { .. }) {
                        check_login(jar, &text, &browser.name, now, watch);
                    }
                    self.learn(&held, browser, watch.head());
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

    /// A session may be revoked from its birth on: the revocation has a margin of the skew.
    fn learn(&mut self, held: &Held, browser: &Browser, head: Option<&Document>) {
        let lists = head.map(|head| (head.epoch(), head.ring().revocations()));
        let revoked =
            lists.filter(|(_, lists)| is_covered(lists, held.id, &browser.name, held.born));
        self.sessions.entry(held.id).or_insert_with(|| Known {
            name: browser.name.clone(),
            born: held.born,
            revoked: revoked.map(|(epoch, _)| (epoch, held.sealed_at)),
        });
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

fn is_covered(lists: &Revocations, id: [u8; 8], name: &str, born: Timestamp) -> bool {
    lists.covers_session(id)
        || lists.covers_subject(APP, name, born)
        || lists.floor.is_some_and(|floor| born < floor)
}

pub(crate) const APP: &str = "fleet-test";
