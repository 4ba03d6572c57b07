//! A ring, a clock that the test sets, and jars; a browser with cookies; a forger with the keys.

mod browser;
mod forger;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use sealjar::keeper::{ListDraft, ListRecord, RingDraft, Room};
use sealjar::{
    __hazmat as hazmat, ClockError, Context, Key, KeyRing, LiveRing, Revocation, RingKey, Suite,
    Timestamp, Token,
};
use sealjar_session::{Closing, FetchMetadata, Jar, JarBuilder, Session, SessionData, inspect};
use serde::{Deserialize, Serialize};

pub(crate) use self::browser::Browser;
pub(crate) use self::forger::Forger;

pub(crate) const DAY: u32 = 86_400;
pub(crate) const START: u32 = 100 * DAY;
pub(crate) const SKEW: u32 = 30;
pub(crate) const APP: &str = "shop-test";
pub(crate) const NAME: &str = "__Host-Http-session";

/// The session type of most tests: it has a subject once it has a name.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) visits: u32,
}

impl SessionData for Account {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }
}

pub(crate) fn account(name: &str) -> Account {
    Account {
        name: name.into(),
        visits: 1,
    }
}

/// A session type without subject, of any size.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Note(pub(crate) String);

impl SessionData for Note {}

pub(crate) fn at(seconds: u32) -> Timestamp {
    Timestamp::from_stored(seconds)
}

/// A clock that stops until it is set.
#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<AtomicU32>);

impl Time {
    pub(crate) fn starting() -> Self {
        Self(Arc::new(AtomicU32::new(START)))
    }

    pub(crate) fn set(&self, seconds: u32) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn pass(&self, seconds: u32) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn seconds(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Timestamp {
        at(self.seconds())
    }

    pub(crate) fn clock(
        &self,
    ) -> impl Fn() -> Result<Timestamp, ClockError> + Send + Sync + 'static {
        let this = self.clone();
        move || Ok(this.now())
    }
}

/// A key that no other test uses, and whose secret `just secrets` looks for.
pub(crate) fn key() -> Key {
    static MADE: AtomicU8 = AtomicU8::new(0);
    let seed = MADE.fetch_add(1, Ordering::Relaxed);
    hazmat::known_key(Suite::Xaes256Gcm, seed)
}

/// A key that has sealed since `from`, with no end.
pub(crate) fn sealing_since(from: u32) -> RingKey {
    let mut key = RingKey::standby(key(), DAY, 0, Timestamp::MIN);
    key.seals_from = Some(at(from));
    key
}

pub(crate) fn draft(keys: Vec<RingKey>) -> RingDraft {
    RingDraft {
        issued_at: at(START),
        keys,
        ..RingDraft::named("web", 1).unwrap()
    }
}

/// A ring of one sealing key.
pub(crate) fn ring() -> LiveRing {
    draft(vec![sealing_since(0)]).build().unwrap().into()
}

/// Stores the next epoch of a ring.
pub(crate) fn change_ring(ring: &LiveRing, change: impl FnOnce(&mut RingDraft)) {
    let mut draft = ring.load().draft();
    draft.epoch += 1;
    change(&mut draft);
    ring.replace(draft.build().unwrap()).unwrap();
}

/// Stores the next list of revocations beside a ring.
pub(crate) fn change_list(ring: &LiveRing, record: ListRecord) {
    let list = ring.list();
    let mut draft = ListDraft::new(&list, list.seq() + 1, Timestamp::MIN);
    draft.add(&[record], Room::Applications).unwrap();
    ring.replace_list(draft.build()).unwrap();
}

/// The record that a keeper makes of a revocation. How long it is kept is the keeper's to say.
pub(crate) fn record(revocation: Revocation) -> ListRecord {
    let until = Timestamp::MAX;
    match revocation {
        Revocation::Session { id, .. } => ListRecord::Session { id, until },
        Revocation::Subject { hash, born_before } => ListRecord::Subject {
            hash,
            born_before,
            until,
        },
    }
}

/// The record of a session in a list.
pub(crate) fn listed_session(id: [u8; 8]) -> ListRecord {
    ListRecord::Session {
        id,
        until: Timestamp::MAX,
    }
}

/// The record of a person in a list.
pub(crate) fn listed_subject(ring: &LiveRing, name: &str, born_before: Timestamp) -> ListRecord {
    ListRecord::Subject {
        hash: ring.load().revocations().subject_hash(APP, name).unwrap(),
        born_before,
        until: Timestamp::MAX,
    }
}

/// A replica that has read the same document and will not get the next one.
pub(crate) fn lagging_copy(ring: &LiveRing) -> LiveRing {
    KeyRing::from_json(ring.load().to_json().as_bytes())
        .unwrap()
        .into()
}

pub(crate) fn builder<T: SessionData>(ring: &LiveRing, time: &Time) -> JarBuilder<T> {
    let builder = Jar::builder(ring, APP).clock(time.clock());
    // The jars of a test are those of several replicas and builds.
    builder.in_another_process()
}

pub(crate) fn jar<T: SessionData>(ring: &LiveRing, time: &Time) -> Jar<T> {
    builder(ring, time).build().unwrap()
}

/// A fresh ring, a clock at `START` and a jar with the defaults.
pub(crate) fn world<T: SessionData>() -> (LiveRing, Time, Jar<T>) {
    let (ring, time) = (ring(), Time::starting());
    let jar = jar(&ring, &time);
    (ring, time, jar)
}

/// Opens a header as a navigation.
pub(crate) fn open<T: SessionData>(jar: &Jar<T>, header: impl AsRef<[u8]>) -> Session<T> {
    jar.open([header.as_ref().to_vec()], FetchMetadata::default())
}

pub(crate) fn close<T: SessionData>(session: &Session<T>) -> Closing {
    Session::close(session, []).unwrap()
}

/// The lines of a response whose handler only read the session.
pub(crate) fn lines<T: SessionData>(session: &Session<T>) -> Vec<String> {
    close(session).set_cookies.into_iter().collect()
}

/// The name of the reason why a session was refused, `None` when it opened or none came.
pub(crate) fn refusal<T: SessionData>(session: &Session<T>) -> Option<&'static str> {
    match session.origin() {
        sealjar_session::Origin::Refused(refusal) => Some(refusal.kind().as_str()),
        _ => None,
    }
}

pub(crate) fn is_open<T: SessionData>(session: &Session<T>) -> bool {
    matches!(session.origin(), sealjar_session::Origin::Opened { .. })
}

/// The token in a header with one cookie.
pub(crate) fn token(header: &str) -> &str {
    header.split_once('=').unwrap().1
}

/// What a header's one cookie holds: schema, id, revision, and the body with its tail.
pub(crate) fn unseal(ring: &LiveRing, header: &str, now: u32) -> (u16, [u8; 8], u32, Vec<u8>) {
    let payload = unsealed(ring, header, now);
    let (frame, body): ((_, _, _, &[u8]), _) = postcard::take_from_bytes(&payload).unwrap();
    (frame.0, frame.1, frame.2, body.to_vec())
}

/// The whole payload of a header's one cookie.
pub(crate) fn unsealed(ring: &LiveRing, header: &str, now: u32) -> Vec<u8> {
    let (name, text) = header.split_once('=').unwrap();
    let context = Context::new(APP, hazmat::SESSION).cookie_name(name);
    let sealer = hazmat::library_sealer(ring, context).unwrap();
    let opened = sealer
        .open_token_at(&Token::parse(text).unwrap(), at(now))
        .unwrap();
    opened.payload().to_vec()
}

/// The layout that a value is written in.
pub(crate) fn layout_of<T: SessionData>(value: &T) -> Vec<u8> {
    let (ring, time) = (ring(), Time::starting());
    let header = jar::<T>(&ring, &time).cookie_for(value).unwrap();
    let inspection = inspect(ring, Some(APP), NAME, b"", header.as_bytes(), at(START)).unwrap();
    let contents = inspection.candidates[0].contents.as_ref().unwrap();
    contents.layout().to_vec()
}

/// What a script's request says.
pub(crate) fn background() -> FetchMetadata {
    FetchMetadata::read("GET", |name| {
        (name == "sec-fetch-mode").then_some(&b"cors"[..])
    })
}
