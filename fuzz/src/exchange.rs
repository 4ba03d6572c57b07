//! Does a session hold, whatever handlers, browsers, keepers and clocks do to it?
//!
//! A model runs beside it: it knows the contents of every token that was ever sealed, and predicts
//! the result of each request. It reads nothing back from the jar except the ids of new sessions.

pub mod account;
pub mod browser;
pub mod fleet;
pub mod step;
pub mod visit;

use std::collections::{HashMap, HashSet};

use sealjar::Timestamp;
use sealjar_session::{DEFAULT_COOKIE_NAME, FetchMetadata, Origin, inspect};

use account::Account;
use browser::Browser;
use fleet::{APP, Fleet, Known};
use step::{Cookies, Fate, Step};
use visit::{Came, Expected, Visit};

use crate::cookies::background;
use crate::reach::Reach;
use crate::reference::{Carried, chosen, opened_ids};

/// Changes the lines between the jar and the browser. It does nothing, except in negative controls.
pub type Tamper = fn(&mut Vec<String>);

/// Everything there is in one run.
pub struct World {
    fleet: Fleet,
    browser: Browser,
    under_way: [Option<(Visit, Carried)>; 2],
    late: Vec<String>,
    copies: Vec<String>,
    /// The contents of each text that was ever sent, and the texts in order.
    known: HashMap<Vec<u8>, Known>,
    sent: Vec<Known>,
    ids: HashSet<String>,
    came_back: bool,
    tamper: Tamper,
}

/// Runs all steps, one after the other.
pub fn run(steps: &[Step], tamper: Tamper) {
    let mut world = World {
        fleet: Fleet::starting(),
        browser: Browser::default(),
        under_way: [None, None],
        late: Vec::new(),
        copies: Vec::new(),
        known: HashMap::new(),
        sent: Vec::new(),
        ids: HashSet::new(),
        came_back: false,
        tamper,
    };
    for step in steps.iter().take(MOST_STEPS) {
        world.step(*step);
    }
    REACH.count(world.came_back);
}

impl World {
    fn step(&mut self, step: Step) {
        let fleet = &mut self.fleet;
        match step {
            Step::Visit {
                replica,
                cookies,
                act,
                fate,
            } => {
                let (place, navigation) = (true, true);
                for step in [
                    Step::Begin {
                        place,
                        replica,
                        navigation,
                        cookies,
                    },
                    Step::Act { place, act },
                    Step::Close { place, fate },
                ] {
                    self.step(step);
                }
            }
            Step::Begin {
                place,
                replica,
                navigation,
                cookies,
            } => {
                self.begin(place.into(), replica.into(), navigation, cookies);
            }
            Step::Act { place, act } => {
                if let Some((visit, _)) = &mut self.under_way[usize::from(place)] {
                    visit.act(act, &fleet.replicas[visit.replica]);
                }
            }
            Step::Close { place, fate } => self.close(place.into(), fate),
            Step::Arrive => {
                for line in std::mem::take(&mut self.late) {
                    self.browser.take(&line, fleet.now());
                }
            }
            Step::Copy => self.copies.push(self.browser.header(fleet.now())),
            Step::Change(change) => fleet.change(change, &self.sent),
            Step::Deliver(replica) => fleet.deliver(replica.into()),
            Step::OfferOlder { replica, which } => fleet.offer_older(replica.into(), which),
            Step::Pass(seconds) => fleet.pass(seconds.into()),
            Step::PutAhead { replica, seconds } => {
                fleet.put_ahead(replica.into(), u32::from(seconds) % 64);
            }
        }
    }

    /// Opens a request, and compares the session with the known contents of its cookies.
    fn begin(&mut self, place: usize, replica: usize, navigation: bool, cookies: Cookies) {
        let browsers = self.browser.header(self.fleet.now());
        let copied = |at: u8| {
            let at = usize::from(at) % self.copies.len().max(1);
            self.copies.get(at).cloned().unwrap_or_default()
        };
        let header = match cookies {
            Cookies::Browsers => browsers,
            Cookies::Copied(at) => copied(at),
            Cookies::BrowsersAndCopied(at) => format!("{browsers}; {}", copied(at)),
            Cookies::BrowsersAndGarbage => format!("{NAME}=garbage; {browsers}"),
        };
        let headers = [header.into_bytes()];
        let carried = Carried::new(&headers, NAME);
        let logged_out = carried.logged_out();
        let here = &self.fleet.replicas[replica];
        let values = carried.distinct().into_iter();
        let answers: Vec<_> = values
            .map(|value| {
                let known = self.known.get(&carried.joined(value)?).ok_or("malformed")?;
                here.judge(known, &logged_out).map(|()| known)
            })
            .collect();
        let (word, known) = chosen(&answers, |it| (it.id.as_str(), it.revision, it.sealed_at));

        let fetch = if navigation {
            FetchMetadata::default()
        } else {
            background()
        };
        let session = here.jar.open(headers, fetch);
        match (session.origin(), known) {
            (Origin::Absent { .. }, _) => assert_eq!(word, "absent"),
            (Origin::Refused(refusal), _) => assert_eq!(refusal.kind().as_str(), word),
            (
                Origin::Opened {
                    born,
                    sealed_at,
                    expires_at,
                    key_id,
                    ..
                },
                Some(known),
            ) => {
                let times = [born, sealed_at, expires_at].map(|time| time.stored());
                assert_eq!(times, [known.born, known.sealed_at, known.expires_at]);
                assert_eq!(*key_id, known.key);
                assert_eq!(session.revision(), known.revision);
                let id = session.id().expect("a session has an id").to_string();
                assert_eq!(id, known.id);
                assert!(
                    !logged_out.contains(&id),
                    "a session that was purged came back"
                );
            }
            (origin, _) => panic!("{origin:?}, where {word} was expected"),
        }
        self.came_back |= known.is_some();
        let came = Came {
            received: known.cloned(),
            opened: opened_ids(&answers, |it| it.id.as_str()),
            is_logged_out: !answers.is_empty()
                && answers.len() <= 4
                && answers
                    .iter()
                    .all(|it| it.is_err_and(|it| it == "logged_out")),
        };
        let mut visit = Visit::new(session, replica, navigation, came, here.now());
        visit.came_with_nothing = carried.distinct().is_empty() && carried.parts().is_empty();
        self.under_way[place] = Some((visit, carried));
    }

    /// Closes a request, and compares the response with what its handler was promised.
    fn close(&mut self, place: usize, fate: Fate) {
        let Some((visit, carried)) = &mut self.under_way[place] else {
            return;
        };
        let here = &self.fleet.replicas[visit.replica];
        let (answer, expected) = visit.close(here);
        let mut lines: Vec<String> = match answer {
            Ok(closing) => closing.set_cookies.into_iter().collect(),
            Err(error) => {
                assert!(
                    matches!(expected, Expected::Error),
                    "{error}, not {expected:?}"
                );
                return;
            }
        };
        (self.tamper)(&mut lines);
        let mut fresh = Browser::default();
        lines.iter().for_each(|line| fresh.take(line, 0));
        let answer = Carried::new(&[fresh.header(0).into_bytes()], NAME);
        let mark = |ended: Vec<String>| carried.mark_of(&ended).unwrap_or_default();
        match expected {
            Expected::Nothing => {
                assert!(lines.is_empty(), "a session that nobody changed: {lines:?}")
            }
            Expected::Error => panic!("an answer where nothing could be sealed"),
            Expected::Expire(ended) => {
                assert!(answer.distinct().is_empty() && answer.parts().is_empty());
                assert_eq!(answer.logged_out(), mark(ended), "{MARKED}");
                for name in carried.parts().into_iter().chain([String::new()]) {
                    let begin = format!("{NAME}{name}=; ");
                    assert!(lines.iter().any(|line| line.starts_with(&begin)), "{begin}");
                }
            }
            Expected::Set {
                known,
                begins,
                ended,
            } => {
                assert_eq!(answer.logged_out(), mark(ended), "{MARKED}");
                assert_eq!(self.ids.insert(known.id.clone()), begins, "{known:?}");
                // A browser drops a session at once that has ended when it is sealed.
                if known.expires_at > known.sealed_at {
                    let values = answer.distinct();
                    assert_eq!(
                        values.len(),
                        1,
                        "what the handler was told is not in {lines:?}"
                    );
                    let text = answer.joined(values[0]).expect("all parts are sent");
                    assert_sealed(&text, &known, here);
                    self.known.insert(text, (*known).clone());
                    self.sent.push(*known);
                }
            }
        }
        let lost = |at: u8| usize::from(at) % lines.len().max(1);
        match fate {
            Fate::Arrives => {}
            Fate::IsLost => lines.clear(),
            Fate::LosesLine(at) if lines.is_empty() => _ = at,
            Fate::LosesLine(at) => drop(lines.remove(lost(at))),
            Fate::IsLate => self.late.append(&mut lines),
        }
        let now = self.fleet.now();
        lines.iter().for_each(|line| self.browser.take(line, now));
    }
}

/// Opens what was sent, at the instant at which it was sealed.
fn assert_sealed(text: &[u8], known: &Known, here: &fleet::Replica) {
    let at = Timestamp::from_stored(known.sealed_at);
    let inspection = inspect(&here.live, Some(APP), NAME, b"", text, at).expect("short names");
    let candidate = inspection
        .candidates
        .first()
        .expect("a text is one candidate");
    // An entry further ahead than the skew also covers a session that begins now.
    let floor = here.live.load().revocations().floor;
    if floor.is_some_and(|floor| known.born < floor.stored()) {
        let refusal = candidate.refusal.as_ref().map(|it| it.kind().as_str());
        assert_eq!(refusal, Some("revoked_all"));
        return;
    }
    let contents = candidate
        .contents
        .as_ref()
        .expect("what was just sealed opens");
    let times = [contents.born(), contents.sealed_at(), contents.expires_at()];
    assert_eq!(
        times.map(Timestamp::stored),
        [known.born, known.sealed_at, known.expires_at]
    );
    assert_eq!(contents.session_id().to_string(), known.id);
    assert_eq!(contents.revision(), known.revision);
    assert_eq!(candidate.key_id, Some(known.key));
    let value: Account = postcard::from_bytes(contents.plaintext_body()).expect("it is a value");
    assert_eq!(value, known.value);
}

static REACH: Reach = Reach::new("had a session that came back and opened");

const NAME: &str = DEFAULT_COOKIE_NAME;
const MARKED: &str = "the ids that are marked as logged out";
/// A long run has more steps than a deep one.
const MOST_STEPS: usize = 200;

#[cfg(test)]
mod tests;
