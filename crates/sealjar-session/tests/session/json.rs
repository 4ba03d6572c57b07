//! Do sessions shared with programs in other languages open, survive writes, and change format?

use std::borrow::Cow;
use std::collections::BTreeMap;

use sealjar::{KeyRing, LiveRing, Timestamp};
use sealjar_session::{ConfigError, Format, Jar, Session, SessionData, UpdateError, inspect};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{
    APP, Browser, DAY, NAME, START, Time, builder, close, is_open, open, refusal, ring,
};

/// Any object, in any schema.
macro_rules! objects {
    ($($name:ident $schema:literal)*) => {$(
        #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
        struct $name(BTreeMap<String, Value>);

        impl SessionData for $name {
            const SCHEMA: u16 = $schema;
            const FORMAT: Format = Format::Json;
        }
    )*};
}

objects! { Schema0 0 Schema3 3 Schema65535 65_535 }

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/session_json_v1.json")).unwrap()
}

/// The ring that the vectors' note describes.
fn ring_of(vectors: &Value) -> LiveRing {
    let begin = "2025-01-01T00:00:00Z";
    let document = json!({
        "format": "sealjar-ring/1", "critical": [], "ring": "vectors", "epoch": 1, "issued_at": begin,
        "timing": { "rotate_every": 604_800, "distribution": 300, "skew": 30 },
        "keys": [{
            "id": vectors["key_id"], "suite": vectors["suite"], "secret": vectors["secret"],
            "lifetime": 86_400, "staged_epoch": 0, "staged_at": begin, "seals_from": begin,
            "seals_until": null, "opens_until": null, "revoked": false,
        }],
        "revocations": {
            "pepper": "A".repeat(43), "horizon": 604_800, "floor": null, "subjects": [],
            "sessions": [],
        },
    });
    KeyRing::from_json(document.to_string().as_bytes())
        .unwrap()
        .into()
}

fn opened<T: SessionData>(vectors: &Value, case: &Value) -> Session<T> {
    let now = Timestamp::from_unix(vectors["open_at"].as_u64().unwrap()).unwrap();
    let jar = Jar::<T>::builder(ring_of(vectors), vectors["app"].as_str().unwrap())
        .clock(move || Ok(now))
        .max_size(12_288)
        .in_another_process();
    let header = format!("{NAME}={}", case["token"].as_str().unwrap());
    open(&jar.build().unwrap(), header)
}

#[test]
fn every_token_of_the_second_implementation_opens_or_is_refused_with_its_kind() {
    let vectors = vectors();
    assert_eq!(vectors["cookie_name"], NAME);
    for case in vectors["opens"].as_array().unwrap() {
        fn check<T: SessionData>(vectors: &Value, case: &Value) {
            let session = opened::<T>(vectors, case);
            assert!(is_open(&session), "{case}: {:?}", refusal(&session));
            assert_eq!(case["id"], session.id().unwrap().to_string());
            assert_eq!(case["revision"], session.revision());
        }
        match case["schema"].as_u64().unwrap() {
            0 => check::<Schema0>(&vectors, case),
            3 => check::<Schema3>(&vectors, case),
            65_535 => check::<Schema65535>(&vectors, case),
            other => panic!("no type has the schema {other}"),
        }
    }
    let refused = vectors["refused"].as_array().unwrap();
    for case in refused {
        let found = match case["reads_schema"].as_u64() {
            None => refusal(&opened::<Schema0>(&vectors, case)),
            Some(3) => refusal(&opened::<Schema3>(&vectors, case)),
            other => panic!("no type has the schema {other:?}"),
        };
        assert_eq!(found, case["kind"].as_str(), "{case}");
    }
    assert_eq!(refused.len(), 99);
}

/// Declares a session type in both formats.
macro_rules! accounts {
    ($($name:ident { $($field:tt)* } $format:ident)*) => {$(
        #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
        #[serde(rename = "Account")]
        struct $name { name: String, visits: u32, $($field)* }

        impl SessionData for $name {
            const FORMAT: Format = Format::$format;

            fn subject(&self) -> Option<Cow<'_, str>> {
                (!self.name.is_empty()).then(|| self.name.as_str().into())
            }
        }
    )*};
}

accounts! {
    AsPostcard {} Postcard
    AsJson {} Json
    Grown { #[serde(default)] theme: String } Json
}

fn body(ring: &LiveRing, header: &str) -> String {
    let found = inspect(ring, Some(APP), NAME, b"", header.as_bytes(), at_start()).unwrap();
    let contents = found.candidates[0].contents.as_ref().unwrap();
    assert_eq!(
        (contents.format(), contents.layout()),
        (Format::Json, &[][..])
    );
    String::from_utf8(contents.plaintext_body().to_vec()).unwrap()
}

fn at_start() -> Timestamp {
    crate::support::at(START)
}

#[test]
fn members_of_a_newer_build_stay_until_somebody_else_logs_in() {
    let (ring, time) = (ring(), Time::starting());
    let new: Jar<Grown> = builder(&ring, &time).build().unwrap();
    let old: Jar<AsJson> = builder(&ring, &time).build().unwrap();
    let ada = Grown {
        name: "ada".into(),
        visits: 1,
        theme: "dark".into(),
    };
    let header = new.cookie_for(&ada).unwrap();
    assert_eq!(
        body(&ring, &header),
        r#"{"name":"ada","visits":1,"theme":"dark"}"#
    );

    let changed = |change: fn(&Session<AsJson>)| {
        let session = open(&old, &header);
        change(&session);
        let mut browser = Browser::default();
        browser.receive(close(&session));
        body(&ring, &browser.header())
    };
    let visited = changed(|it| it.update(|it| it.visits = 2).unwrap());
    assert_eq!(visited, r#"{"name":"ada","visits":2,"theme":"dark"}"#);
    let renewed = changed(|it| it.renew());
    assert_eq!(renewed, r#"{"name":"ada","visits":1}"#);
    let another = changed(|it| it.update(|it| it.name = "bob".into()).unwrap());
    assert_eq!(another, r#"{"name":"bob","visits":1}"#);
}

#[test]
fn a_session_that_is_only_read_is_sealed_again_byte_for_byte() {
    let (ring, time) = (ring(), Time::starting());
    let new: Jar<Grown> = builder(&ring, &time).build().unwrap();
    let old: Jar<AsJson> = builder(&ring, &time).build().unwrap();
    let header = new
        .cookie_for(&Grown {
            theme: "dark".into(),
            ..Grown::default()
        })
        .unwrap();
    time.pass(DAY / 2);
    let session = open(&old, &header);
    _ = session.get();
    let mut browser = Browser::default();
    browser.receive(close(&session));
    assert_ne!(browser.header(), header);
    time.set(START);
    let again = open(&new, browser.header());
    assert!(
        refusal(&again) == Some("bad_time"),
        "sealed half a day later"
    );
    time.pass(DAY / 2);
    assert_eq!(open(&new, browser.header()).get().theme, "dark");
}

#[test]
fn neither_format_opens_as_the_other() {
    let (ring, time) = (ring(), Time::starting());
    let json: Jar<AsJson> = builder(&ring, &time).build().unwrap();
    let postcard: Jar<AsPostcard> = builder(&ring, &time).build().unwrap();
    let (one, other) = (
        json.cookie_for(&AsJson::default()).unwrap(),
        postcard.cookie_for(&AsPostcard::default()).unwrap(),
    );
    assert_eq!(refusal(&open(&json, &other)), Some("forged"));
    assert_eq!(refusal(&open(&postcard, &one)), Some("forged"));
    assert!(is_open(&open(&json, &one)) && is_open(&open(&postcard, &other)));
}

/// A roll-out in two steps: each build reads what the other writes.
#[test]
fn a_type_moves_to_json_and_nobody_is_logged_out() {
    let (ring, time) = (ring(), Time::starting());
    let before: Jar<AsPostcard> = builder(&ring, &time).build().unwrap();
    let ready = builder::<AsPostcard>(&ring, &time).also_reads(Format::Json);
    let ready = ready.build().unwrap();
    let moved = builder::<AsJson>(&ring, &time).also_reads(Format::Postcard);
    let moved = moved.build().unwrap();
    let after: Jar<AsJson> = builder(&ring, &time).build().unwrap();

    let header = before
        .cookie_for(&AsPostcard {
            name: "ada".into(),
            visits: 1,
        })
        .unwrap();
    let id = open(&before, &header).id();
    // A session that is only read keeps its format, even when it is sealed again.
    time.pass(DAY / 2);
    let session = open(&moved, &header);
    assert_eq!(session.get().name, "ada");
    let mut browser = Browser::default();
    browser.receive(close(&session));
    assert!(is_open(&open(&before, browser.header())));

    // A write converts it and keeps its id and birth, and builds of the earlier step read it.
    let session = open(&moved, browser.header());
    session.update(|it| it.visits += 1).unwrap();
    browser.receive(close(&session));
    for visits in [
        open(&moved, browser.header()).get().visits,
        open(&after, browser.header()).get().visits,
        open(&ready, browser.header()).get().visits,
    ] {
        assert_eq!(visits, 2);
    }
    assert_eq!(refusal(&open(&before, browser.header())), Some("forged"));
    let session = open(&ready, browser.header());
    assert_eq!((session.id(), session.revision()), (id, 1));

    // A build of the earlier step converts it back.
    session.update(|it| it.visits += 1).unwrap();
    browser.receive(close(&session));
    assert_eq!(open(&before, browser.header()).get().visits, 3);
    assert_eq!(refusal(&open(&after, browser.header())), Some("forged"));
}

#[test]
fn each_cookie_counts_once_whichever_format_it_is_tried_in() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<AsJson>(&ring, &time).also_reads(Format::Postcard);
    let jar = jar.build().unwrap();
    let other: Jar<AsPostcard> = builder(&ring, &time).build().unwrap();
    let header = other.cookie_for(&AsPostcard::default()).unwrap();
    let count = || {
        let uses = jar.uses();
        let key = &uses.keys[0];
        (key.opened, key.refused.iter().map(|(_, n)| n).sum::<u64>())
    };
    assert!(is_open(&open(&jar, &header)));
    assert_eq!(count(), (1, 0));
    let forged = format!("{}A", &header[..header.len() - 1]);
    let forged = if forged == header {
        format!("{}Q", &header[..header.len() - 1])
    } else {
        forged
    };
    assert_eq!(refusal(&open(&jar, &forged)), Some("forged"));
    assert_eq!(count(), (1, 1));
}

#[test]
fn what_other_languages_would_round_is_no_session() {
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    struct Holds {
        cents: u64,
        ratio: f64,
        any: Option<Value>,
    }
    impl SessionData for Holds {
        const FORMAT: Format = Format::Json;
    }
    let (ring, time) = (ring(), Time::starting());
    let jar: Jar<Holds> = builder(&ring, &time).build().unwrap();
    let said = |change: fn(&mut Holds)| match open(&jar, "").update(change) {
        Err(UpdateError::Unencodable { reason }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(said(|it| it.cents = 1 << 53).contains("its field `cents`"));
    assert!(said(|it| it.ratio = f64::NAN).contains("its field `ratio`"));
    assert!(said(|it| it.any = Some(Value::Null)).contains("its field `any`"));
    // And what postcard could not carry is kept.
    let session = open(&jar, "");
    session
        .update(|it| it.any = Some(json!({ "deep": [1, 2.5, null] })))
        .unwrap();
    let mut browser = Browser::default();
    browser.receive(close(&session));
    assert_eq!(open(&jar, browser.header()).get().any, session.get().any);
}

#[test]
fn a_jar_reads_its_own_format_once_and_the_other_if_the_type_can() {
    #[derive(Clone, Debug, Default, Deserialize, Serialize)]
    struct Flattens {
        #[serde(flatten)]
        rest: BTreeMap<String, u32>,
    }
    impl SessionData for Flattens {
        const FORMAT: Format = Format::Json;
    }
    let (ring, time) = (ring(), Time::starting());
    let said = |built: Result<Jar<Flattens>, ConfigError>| match built {
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    };
    let new = || builder::<Flattens>(&ring, &time);
    assert_eq!(said(new().build()), None);
    let own = said(new().also_reads(Format::Json).build()).unwrap();
    assert!(own.contains("also_reads"), "{own}");
    let other = said(new().also_reads(Format::Postcard).build()).unwrap();
    assert!(other.contains("does not survive"), "{other}");
}
