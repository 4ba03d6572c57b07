//! Attack or mistake: compress-then-encrypt; keys and values in logs, errors, panics, `Debug`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use sealjar_session::{FetchMetadata, Jar, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{
    APP, Account, NAME, Note, Time, account, builder, close, jar, lines, open, ring, token, world,
};

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Reflects {
    secret: String,
    reflected: String,
}

impl SessionData for Reflects {}

#[test]
fn a_field_equal_to_the_secret_gives_the_same_length() {
    let (_, _, jar) = world::<Reflects>();
    let secret = "csrf-6f1d8a0c55e94b7f".repeat(4);
    let length = |reflected: &str| {
        let value = Reflects {
            secret: secret.clone(),
            reflected: reflected.into(),
        };
        jar.cookie_for(&value).unwrap().len()
    };
    let guesses = [
        secret.clone(),
        secret[..42].repeat(2),
        "x".repeat(secret.len()),
        secret.chars().rev().collect(),
    ];
    let lengths = guesses.map(|guess| length(&guess));
    assert_eq!(lengths, [lengths[0]; 4]);
    // The negative control: the length reveals one more character.
    assert_ne!(length(&"x".repeat(secret.len() + 3)), lengths[0]);
}

#[test]
fn padding_hides_lengths_within_a_bucket() {
    let (ring, time) = (ring(), Time::starting());
    let padded: Jar<Note> = builder(&ring, &time).padding(256).build().unwrap();
    let plain: Jar<Note> = jar(&ring, &time);
    let lengths = |jar: &Jar<Note>| {
        let mut lengths: Vec<usize> = (0..200)
            .map(|size| jar.cookie_for(&Note("x".repeat(size))).unwrap().len())
            .collect();
        lengths.dedup();
        lengths.len()
    };
    assert_eq!(lengths(&padded), 1);
    assert!(lengths(&plain) > 100);
    // A reader need not know the padding.
    let header = padded.cookie_for(&Note("x".into())).unwrap();
    assert_eq!(open(&plain, header).get().0, "x");
}

#[test]
fn debug_of_sessions_and_jars_never_shows_the_value_or_the_cookie() {
    let (_, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("hunter2")).unwrap();
    let session = open(&jar, &header);
    let mut shown = vec![format!("{session:?}"), format!("{jar:?}")];
    _ = session.get();
    shown.push(format!("{session:#?}"));
    session.update(|it| it.visits = 31_337).unwrap();
    session.renew();
    shown.push(format!(
        "{session:?} {:?} {:?}",
        session.origin(),
        session.id()
    ));
    assert!(shown[1].contains(NAME), "{}", shown[1]);
    let closing = close(&session);
    assert!(format!("{:?}", closing.set_cookies).starts_with("SetCookies"));
    shown.push(format!("{closing:?}"));
    let line = closing.set_cookies.into_iter().next().unwrap();
    shown.push(format!(
        "{:?}",
        builder::<Account>(&ring(), &Time::starting())
    ));
    let of_builder = shown.last().unwrap();
    assert!(of_builder.contains("clock: Clock"), "{of_builder}");
    let garbage = open(&jar, format!("{NAME}={}", &token(&header)[..90]));
    shown.push(format!("{garbage:?} {:?}", garbage.origin()));
    for text in shown {
        assert!(
            !text.contains("hunter2") && !text.contains("31337"),
            "{text}"
        );
        for secret in [token(&header), line.split_once(['=']).unwrap().1] {
            assert!(!text.contains(&secret[..24]), "{text}");
        }
    }
}

#[test]
fn a_session_shows_what_is_known_without_opening_the_cookie() {
    let (_, _, jar) = world::<Account>();
    let session = open(&jar, format!("{NAME}=garbage"));
    assert!(format!("{session:?}").contains("origin: None"));
    _ = session.get();
    assert!(format!("{session:?}").contains("Refused"));
}

/// The texts in which a ring's secrets could appear.
fn secrets(ring: &sealjar::LiveRing) -> Vec<String> {
    let document = ring.load().to_json();
    let value: serde_json::Value = serde_json::from_str(&document).unwrap();
    let mut secrets = vec![value["revocations"]["pepper"].as_str().unwrap().to_owned()];
    for key in value["keys"].as_array().unwrap() {
        let text = key["secret"].as_str().unwrap();
        // Without its prefix, and cut short, so that half a key would be found too.
        secrets.push(text.strip_prefix("sealjar-key-1_").unwrap()[..20].to_owned());
    }
    secrets
}

#[test]
fn debug_does_not_leak_key() {
    let (ring, time) = (ring(), Time::starting());
    let jar: Jar<Account> = jar(&ring, &time);
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    let mut outputs = vec![
        format!("{ring:?} {:?} {jar:#?}", ring.load()),
        format!("{:?}", builder::<Account>(&ring, &time)),
        lines(&session).join("\n"),
        format!("{session:?} {:?}", session.origin()),
        jar.cookie_for(&account("ada")).unwrap(),
    ];
    let errors: [Result<Jar<Account>, _>; 3] = [
        Jar::new(&ring, ""),
        builder(&ring, &time).idle_timeout(Duration::ZERO).build(),
        builder(&ring, &time).max_size(1).build(),
    ];
    outputs.extend(
        errors
            .map(|it| it.unwrap_err())
            .iter()
            .map(|it| format!("{it} {it:?}")),
    );
    let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    let error = session.update(|it| it.name = "x".repeat(9000)).unwrap_err();
    outputs.push(format!("{error} {error:?}"));
    let panic = catch_unwind(AssertUnwindSafe(|| session.update(|_| panic!("{jar:?}"))));
    outputs.push(panic.unwrap_err().downcast_ref::<String>().unwrap().clone());
    let secrets = secrets(&ring);
    assert_eq!(secrets.len(), 2);
    for secret in &secrets {
        for output in &outputs {
            assert!(!output.contains(secret.as_str()), "{output}");
        }
    }
    // The negative control: the search finds a secret that is there.
    assert!(
        secrets
            .iter()
            .all(|it| ring.load().to_json().contains(it.as_str()))
    );
    assert!(!APP.is_empty());
}
