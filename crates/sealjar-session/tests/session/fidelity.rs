//! Types that postcard cannot carry are refused when the jar is built, or when one is written.

use std::collections::{BTreeMap, HashMap, HashSet};

use sealjar_session::{ConfigError, FetchMetadata, Jar, SessionData, UpdateError};
use serde::{Deserialize, Serialize};

use crate::support::{APP, Browser, Time, jar, open, ring, world};

macro_rules! session_data {
    ($($type:ty),*) => { $(impl SessionData for $type {})* };
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Skips {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    count: u32,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct SkipsTwins {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Flattens {
    #[serde(flatten)]
    rest: HashMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct HasValue {
    value: serde_json::Value,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
    Text(String),
}

impl Default for Untagged {
    fn default() -> Self {
        Self::Number(0)
    }
}

session_data!(Skips, SkipsTwins, Flattens, HasValue, Untagged);

fn unfaithful<T: SessionData>() -> String {
    match Jar::<T>::new(ring(), APP) {
        Err(ConfigError::Unfaithful {
            session_type,
            reason,
        }) => {
            assert_eq!(session_type, std::any::type_name::<T>());
            reason
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("built a jar for {}", std::any::type_name::<T>()),
    }
}

#[test]
fn a_jar_for_a_type_that_does_not_survive_is_not_built() {
    assert!(unfaithful::<Skips>().contains("`nickname` is left out by `skip_serializing_if`"));
    assert!(unfaithful::<SkipsTwins>().contains("`first` is left out"));
    assert!(unfaithful::<Flattens>().contains("cannot be encoded"));
    assert!(unfaithful::<HasValue>().contains("`value` cannot be decoded"));
    assert!(unfaithful::<Untagged>().contains("cannot be decoded"));
    let error = Jar::<Skips>::new(ring(), APP).unwrap_err().to_string();
    assert!(
        error.starts_with("the session type session::fidelity::Skips does not survive: "),
        "{error}"
    );
}

/// The same types, not reached by the default value.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Hides {
    skips: Vec<Skips>,
    value: Option<serde_json::Value>,
    untagged: Option<Untagged>,
    kept: u32,
}

session_data!(Hides);

#[test]
fn a_value_that_does_not_survive_is_not_written() {
    let (_, _, jar) = world::<Hides>();
    let changes: [fn(&mut Hides); 3] = [
        |it| it.skips.push(Skips::default()),
        |it| it.value = Some(serde_json::json!({"is": "lost"})),
        |it| it.untagged = Some(Untagged::Text("x".into())),
    ];
    for change in changes {
        let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
        session.update(|it| it.kept = 7).unwrap();
        let error = session.update(change).unwrap_err();
        assert!(
            matches!(&error, UpdateError::Unencodable { reason } if !reason.is_empty()),
            "{error}"
        );
        assert!(session.get().skips.is_empty() && session.get().value.is_none());
        assert_eq!(session.get().kept, 7);
    }
}

/// Maps and sets of every kind, and units.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Collects {
    map: HashMap<String, u32>,
    set: HashSet<u64>,
    nothing: (),
    sorted: BTreeMap<String, Vec<Option<bool>>>,
    last: (),
}

session_data!(Collects);

#[test]
fn maps_and_sets_are_written_whatever_their_order() {
    let (ring, time) = (ring(), Time::starting());
    let jar: Jar<Collects> = jar(&ring, &time);
    let mut browser = Browser::default();
    let value = browser.visit(&jar, |session| {
        session
            .update(|it| {
                it.map = (0..40).map(|n| (format!("key {n}"), n)).collect();
                it.set = (0..40).collect();
                it.sorted = BTreeMap::from([("a".into(), vec![Some(true), None])]);
                it.clone()
            })
            .unwrap()
    });
    assert_eq!(*open(&jar, browser.header()).get(), value);
    // A change that changes nothing writes nothing, even if a decoded map is encoded in another
    // order.
    let session = browser.request(&jar);
    session
        .update(|it| it.map.extend([("key 1".into(), 1)]))
        .unwrap();
    assert!(crate::support::lines(&session).is_empty());
}
