//! One request: what its handler may expect of the session, and what the response must be.

use arbitrary::Arbitrary;
use sealjar_session::{CloseError, Closing, Session, UpdateError};

use super::account::{Account, NOTES};
use super::fleet::{IDLE, Known, LIFETIME, Replica, SKEW};

/// What a handler does.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Act {
    Count,
    LogIn(bool),
    LogOut,
    Note(u8),
    /// The session ends at this multiple of ten minutes after an hour ago.
    End(u8),
    ChangeNothing,
    FailToChange,
    ChangeInsideAChange,
    Renew,
    Purge,
    KeepAlive,
}

/// What happens to the session, according to the handler's calls.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Course {
    Untouched,
    Changed,
    BegunAnew,
    Ended,
}

/// What a request brought.
pub struct Came {
    pub received: Option<Known>,
    /// The ids of the sessions that opened; several if nothing shows which one it is.
    pub opened: Vec<String>,
    /// Whether its visitor had logged out of all that came.
    pub is_logged_out: bool,
}

/// A request in progress, and what is expected of it.
pub struct Visit {
    pub replica: usize,
    session: Session<Account>,
    navigation: bool,
    received: Option<Known>,
    /// Whether no cookie of the session came, not even one that does not open.
    pub came_with_nothing: bool,
    opened: Vec<String>,
    is_logged_out: bool,
    opened_at: u32,
    value: Account,
    course: Course,
    purged: bool,
    /// Whether somebody has logged in or out.
    subject_changed: bool,
    keeps_alive: bool,
    closed: bool,
}

/// What a response has to contain.
#[derive(Debug)]
pub enum Expected {
    Nothing,
    Error,
    /// The session in the cookie, whether it is another one than came, and the ids that are marked
    /// as logged out.
    Set {
        known: Box<Known>,
        begins: bool,
        ended: Vec<String>,
    },
    /// The cookie is expired, and these ids are marked.
    Expire(Vec<String>),
}

impl Visit {
    pub fn new(
        session: Session<Account>,
        replica: usize,
        navigation: bool,
        came: Came,
        opened_at: u32,
    ) -> Self {
        let Came {
            received,
            opened,
            is_logged_out,
        } = came;
        let value = received.as_ref().map(|known| known.value.clone());
        Self {
            replica,
            session,
            navigation,
            received,
            came_with_nothing: false,
            opened,
            is_logged_out,
            opened_at,
            value: value.unwrap_or_default(),
            course: Course::Untouched,
            purged: false,
            subject_changed: false,
            keeps_alive: false,
            closed: false,
        }
    }

    /// Lets the handler do something, and checks the result.
    pub fn act(&mut self, act: Act, replica: &Replica) {
        let now = replica.now();
        match act {
            Act::Count => self.update(replica, |value| value.visits += 1),
            Act::LogIn(ada) => self.update(replica, |value| value.name = Account::name(ada).into()),
            Act::LogOut => self.update(replica, |value| value.name.clear()),
            Act::Note(which) => {
                let length = NOTES[usize::from(which) % NOTES.len()];
                self.update(replica, |value| value.note = "n".repeat(length));
            }
            Act::End(0) => self.update(replica, |value| value.end = None),
            Act::End(later) => {
                let end = now - 3_600 + 600 * u32::from(later);
                self.update(replica, |value| value.end = Some(end));
            }
            Act::ChangeNothing => self.update(replica, |value| value.visits += 0),
            Act::FailToChange => {
                let result = self.session.try_update(|value| {
                    value.visits += 1;
                    Err::<(), _>("the handler's own error")
                });
                match result {
                    Ok(Err(_)) => assert!(!self.closed),
                    Err(UpdateError::Closed) => assert!(self.closed),
                    result => panic!("{result:?}"),
                }
            }
            Act::ChangeInsideAChange => {
                let inside = self.session.clone();
                let result = self
                    .session
                    .update(|_| inside.update(|value| value.visits += 1));
                match result {
                    Ok(Err(UpdateError::Nested)) => assert!(!self.closed),
                    Err(UpdateError::Closed) => assert!(self.closed),
                    result => panic!("{result:?}"),
                }
            }
            Act::Renew => {
                self.session.renew();
                if !self.closed && self.course != Course::Ended {
                    self.course = Course::BegunAnew;
                }
            }
            Act::Purge => {
                self.session.purge();
                if !self.closed {
                    (self.course, self.purged) = (Course::Ended, true);
                    self.value = Account::default();
                }
            }
            Act::KeepAlive => {
                self.session.keep_alive();
                self.keeps_alive |= !self.closed;
            }
        }
        assert_eq!(*self.session.get(), self.value, "after {act:?}");
    }

    fn update(&mut self, replica: &Replica, change: impl Fn(&mut Account)) {
        let mut value = self.value.clone();
        change(&mut value);
        let seals_at = self
            .received
            .as_ref()
            .map_or(replica.now(), |_| self.opened_at);
        let cannot_seal = replica.sealing_key(seals_at).is_none();
        let is_change = value != self.value;
        match self.session.update(change) {
            Err(UpdateError::Closed) => assert!(self.closed),
            Err(UpdateError::Seal(_)) => assert!(!self.closed && is_change && cannot_seal),
            Err(UpdateError::TooLarge { .. }) => assert!(!self.closed && value.is_too_large()),
            Err(error) => panic!("{error}"),
            Ok(()) => {
                assert!(!self.closed && !(is_change && (cannot_seal || value.is_too_large())));
                if is_change {
                    let goes_on = matches!(self.course, Course::Untouched | Course::Changed);
                    self.course = if goes_on && value.name == self.value.name {
                        Course::Changed
                    } else {
                        Course::BegunAnew
                    };
                    self.subject_changed |= value.name != self.value.name;
                    self.value = value;
                }
            }
        }
    }

    /// Ends the request, and returns what must be in the response.
    pub fn close(&mut self, replica: &Replica) -> (Result<Closing, CloseError>, Expected) {
        let was_closed = std::mem::replace(&mut self.closed, true);
        let expected = if was_closed {
            Expected::Nothing
        } else {
            self.expected(replica)
        };
        let answer = Session::close(&self.session, []);
        if let (Ok(closing), false) = (&answer, was_closed) {
            assert_eq!(closing.clear_site_data, None);
        }
        (answer, expected)
    }

    fn expected(&mut self, replica: &Replica) -> Expected {
        let now = replica.now();
        if self.course == Course::Ended && self.came_with_nothing {
            self.purged = false;
            return Expected::Nothing;
        }
        let is_over = self.value.end.is_some_and(|end| now >= end);
        if is_over && matches!(self.course, Course::Changed | Course::BegunAnew) {
            (self.course, self.purged) = (Course::Ended, true);
        }
        let received = self.received.as_ref();
        let goes_on = received.filter(|_| !self.purged && !self.subject_changed);
        let is_read = self.course == Course::Untouched;
        if self.course != Course::Ended
            && (!is_read || self.is_due(replica))
            && goes_on.is_some_and(|known| replica.has_ended(known, self.opened_at, is_read))
        {
            return Expected::Nothing;
        }
        let left = received.filter(|known| self.subject_changed && !known.value.name.is_empty());
        let ended = if self.purged {
            self.opened.clone()
        } else {
            left.map(|known| known.id.clone()).into_iter().collect()
        };
        let same = received.filter(|_| self.course != Course::BegunAnew);
        let begins_at = replica.first_birth(&self.value, now);
        let born = received
            .filter(|_| !self.purged && !self.subject_changed)
            .map_or(begins_at, |known| known.born);
        let sealed_at = match self.course {
            Course::Ended => return Expected::Expire(ended),
            Course::Untouched if self.is_logged_out && (self.navigation || self.keeps_alive) => {
                return Expected::Expire(Vec::new());
            }
            Course::Untouched if !self.is_due(replica) => return Expected::Nothing,
            Course::Untouched => self.opened_at,
            Course::Changed | Course::BegunAnew => now,
        };
        // A faster clock may have given the session a birth that is ahead of this clock by more
        // than the skew. Then it is sealed for the first second in which its birth is accepted.
        let sealed_at = sealed_at.max(born - SKEW);
        let Some((key, lifetime)) = replica.sealing_key(sealed_at) else {
            let was_asked = self.course != Course::Untouched;
            return if was_asked {
                Expected::Error
            } else {
                Expected::Nothing
            };
        };
        let ends = [
            sealed_at + IDLE,
            sealed_at + lifetime,
            born + LIFETIME,
            self.value.end.map_or(u32::MAX, |end| end.max(sealed_at)),
        ];
        let id = self.session.id();
        let known = Known {
            key,
            id: same
                .map(|known| known.id.clone())
                .or(id.map(|id| id.to_string()))
                .unwrap_or_default(),
            id_bytes: id.map(|id| id.bytes()).unwrap_or_default(),
            revision: same.map_or(0, |it| {
                it.revision + u32::from(self.course == Course::Changed)
            }),
            born,
            sealed_at,
            expires_at: ends.into_iter().min().unwrap_or(sealed_at),
            value: self.value.clone(),
        };
        Expected::Set {
            known: Box::new(known),
            begins: same.is_none(),
            ended,
        }
    }

    /// Predicts whether a session that was only read is due to be sealed again.
    fn is_due(&self, replica: &Replica) -> bool {
        let Some(known) = &self.received else {
            return false;
        };
        let allowed = replica
            .sealing_key(self.opened_at)
            .map_or(IDLE, |(_, lifetime)| lifetime);
        let lives_longer = known.value.end.is_none_or(|end| known.expires_at < end);
        let age = self.opened_at.saturating_sub(known.sealed_at);
        lives_longer && (self.navigation || self.keeps_alive) && age >= IDLE.min(allowed) / 4
    }
}
