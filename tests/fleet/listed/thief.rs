//! What visitors do, and a thief who has a copy of each of their sessions.

use sealjar_session::{FetchMetadata, Jar, Origin, Refusal, Session};

use super::world::{Known, World};
use crate::account::Account;
use crate::browser::COOKIE;

impl World {
    pub(super) fn log_in(&mut self) {
        let at = self.dice.index(self.replicas.len());
        let name = format!("visitor {}", self.dice.within(0..=3));
        let session = self.replicas[at]
            .jar
            .open(None::<String>, FetchMetadata::default());
        session.update(|it| it.name = name).unwrap();
        self.take(at, &session);
    }

    /// The thief shows a copy, and changes the session so that it is sealed again.
    pub(super) fn show(&mut self, at: usize, which: usize, now: u32) {
        let (replica, known) = (&self.replicas[at], &self.sessions[which]);
        self.shown += 1;
        let held = replica.live.list().seq();
        let session = open(&replica.jar, &known.text);
        match session.origin() {
            Origin::Opened { .. } if known.revoked.is_some_and(|seq| seq <= held) => {
                self.found.push(format!(
                    "at {now} a replica with list {held} opens a session that list {:?} revoked",
                    known.revoked
                ));
            }
            Origin::Refused(Refusal::RevokedSession | Refusal::RevokedSubject)
                if known.revoked.is_none() =>
            {
                self.found
                    .push(format!("at {now} nobody has revoked {:?}", known.name));
            }
            Origin::Opened { .. } => {}
            _ => return,
        }
        session.update(|it| it.visits += 1).unwrap();
        if self.dice.happens(0.02) {
            session.renew();
        }
        if self.dice.happens(0.1) {
            let until = now + self.dice.within(1..=2 * self.lifetime);
            self.slow.push((until, at, session));
        } else {
            self.take(at, &session);
        }
    }

    pub(super) fn end_slow_requests(&mut self, now: u32) {
        let ended = self.slow.extract_if(.., |it| it.0 <= now);
        for (_, at, session) in ended.collect::<Vec<_>>() {
            self.take(at, &session);
        }
    }

    /// Ends a request. The thief keeps the copy that lives longest.
    fn take(&mut self, at: usize, session: &Session<Account>) {
        let name = session.get().name.clone();
        let closing = Session::close(session, []).unwrap();
        let mut lines = closing.set_cookies.into_iter();
        let Some(text) = lines.find_map(|line| {
            let value = line.strip_prefix(COOKIE)?.strip_prefix('=')?;
            Some(value.split(';').next()?.to_owned())
        }) else {
            return;
        };
        let opened = open(&self.replicas[at].jar, &text);
        let Origin::Opened {
            born, expires_at, ..
        } = *opened.origin()
        else {
            return;
        };
        let id = opened.id().unwrap().bytes();
        let lists = self.subjects.get(&name).into_iter().flatten();
        let revoked = lists.filter(|listed| born < listed.0).map(|it| it.1).min();
        match self.sessions.iter_mut().find(|known| known.id == id) {
            Some(known) if known.expires_at < expires_at => {
                (known.text, known.expires_at) = (text, expires_at);
            }
            Some(_) => {}
            None => self.sessions.push(Known {
                id,
                name,
                born,
                text,
                expires_at,
                revoked,
            }),
        }
    }
}

fn open(jar: &Jar<Account>, text: &str) -> Session<Account> {
    jar.open([format!("{COOKIE}={text}")], FetchMetadata::default())
}
