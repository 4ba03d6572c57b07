//! Mistake: an application or its cookie gets another name, and everybody is logged out.

use proptest::prelude::*;
use sealjar_session::{JarBuilder, SessionData};
use serde::{Deserialize, Serialize};

use super::*;
use crate::support::{APP, change_ring};

/// The name that the application will have, and the one that its cookie will.
const RENAMED: &str = "shop-renamed";
const OTHER: &str = "__Host-other";

/// What an application changes: its name, its cookie's, or both.
const CHANGES: [(&str, &str); 3] = [(RENAMED, NAME), (APP, OTHER), (RENAMED, OTHER)];

fn named<T: SessionData>(ring: &LiveRing, time: &Time, app: &str, cookie: &str) -> JarBuilder<T> {
    Jar::builder(ring, app)
        .cookie_name(cookie)
        .clock(time.clock())
        .in_another_process()
}

/// The jar of before, and the one of afterwards, which opens what was before.
fn change<T: SessionData>(ring: &LiveRing, time: &Time, to: (&str, &str)) -> (Jar<T>, Jar<T>) {
    let before = named(ring, time, APP, NAME).build().unwrap();
    let after = named(ring, time, to.0, to.1)
        .also_opens(LegacyCookie::sealed(APP, NAME), at(START))
        .build()
        .unwrap();
    (before, after)
}

#[test]
fn a_session_from_before_keeps_id_birth_and_count_and_moves_with_the_first_page() {
    for to in CHANGES {
        let (ring, time) = (ring(), Time::starting());
        let (before, after) = change::<Account>(&ring, &time, to);
        let mut browser = Browser::default();
        browser.visit(&before, |it| it.update(|it| *it = account("ada")).unwrap());
        browser.visit(&before, |it| it.update(|it| it.visits += 1).unwrap());
        let (id, born) = {
            let session = browser.request(&before);
            (session.id(), born(&session))
        };
        time.pass(100);
        for _ in 0..2 {
            browser.visit(&after, |session| {
                assert_eq!((session.id(), session.revision()), (id, 1), "{to:?}");
                assert_eq!((session.get().visits, super::born(session)), (2, born));
                assert!(is_open(session));
            });
        }
        assert_eq!(browser.names(), [to.1], "one cookie");
        // The control: it is the new jar's now.
        let alone = named::<Account>(&ring, &time, to.0, to.1).build().unwrap();
        assert!(is_open(&browser.request(&alone)));
        assert!(!is_open(&browser.request(&before)));
        let uses = &after.legacy_uses()[0];
        assert_eq!(
            (&*uses.cookie_name, uses.opened, uses.refused),
            (NAME, 1, 0)
        );
        assert_eq!(after.uses().refused.of(sealjar::RefusalKind::Forged), 0);
    }
}

#[test]
fn an_application_that_is_not_named_stays_shut() {
    let (ring, time) = (ring(), Time::starting());
    for to in CHANGES {
        let (_, after) = change::<Account>(&ring, &time, to);
        let stranger = named(&ring, &time, "another-app", NAME).build().unwrap();
        let header = stranger.cookie_for(&account("eve")).unwrap();
        let session = after.open([header], FetchMetadata::default());
        assert_eq!(refusal(&session), Some("forged"), "{to:?}");
        assert_eq!(lines(&session), [""; 0]);
    }
}

#[test]
fn after_its_date_it_opens_nothing() {
    for to in CHANGES {
        let (ring, time) = (ring(), Time::starting());
        let (before, after) = change::<Account>(&ring, &time, to);
        for (now, opens) in [(START + 7 * DAY - 1, true), (START + 7 * DAY, false)] {
            time.set(now);
            let header = before.cookie_for(&account("ada")).unwrap();
            let session = after.open([header], FetchMetadata::default());
            assert_eq!(is_open(&session), opens, "{to:?}");
        }
    }
}

#[test]
fn the_ring_revokes_it_under_both_names() {
    for (app, refused) in [(APP, true), (RENAMED, true), ("another-app", false)] {
        let (ring, time) = (ring(), Time::starting());
        let (before, after) = change::<Account>(&ring, &time, (RENAMED, OTHER));
        let [ada, bob] = ["ada", "bob"].map(|it| before.cookie_for(&account(it)).unwrap());
        change_ring(&ring, |draft| {
            let list = &mut draft.revocations;
            list.revoke_subject(app, "ada", at(START + 1)).unwrap();
        });
        let kind = refused.then_some("revoked_subject");
        let session = after.open([ada], FetchMetadata::default());
        assert_eq!(refusal(&session), kind, "{app}");
        assert!(is_open(&after.open([bob], FetchMetadata::default())));
    }
}

#[test]
fn a_logout_of_before_holds_and_one_of_afterwards_expires_every_part() {
    let (ring, time) = (ring(), Time::starting());
    let before = named::<Account>(&ring, &time, APP, NAME).max_size(12_288);
    let before = before.build().unwrap();
    let after = named::<Account>(&ring, &time, APP, OTHER)
        .max_size(12_288)
        .also_opens(LegacyCookie::sealed(APP, NAME), at(START))
        .build()
        .unwrap();
    let long = account(&"x".repeat(6_000));
    let header = before.cookie_for(&long).unwrap();
    assert!(header.contains("session.1="), "in parts");

    let mut browser = Browser::with(&header);
    browser.visit(&after, |session| assert_eq!(*session.get(), long));
    let names = browser.names();
    assert!(names.iter().all(|it| it.starts_with(OTHER)), "{names:?}");

    let mut browser = Browser::with(&header);
    let slower = browser.request(&before);
    slower.update(|it| it.visits += 1).unwrap();
    browser.visit(&before, |session| session.purge());
    browser.receive(close(&slower));
    let session = browser.request(&after);
    assert_eq!(refusal(&session), Some("logged_out"));

    let mut browser = Browser::with(&header);
    browser.visit(&after, |session| session.purge());
    assert_eq!(browser.names(), ["__Host-other.out"]);
}

/// The account as a newer build has it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename = "Account")]
struct Newer {
    name: String,
    visits: u32,
    #[serde(default)]
    note: String,
}

impl SessionData for Newer {
    fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }
}

#[test]
fn what_a_newer_build_has_appended_moves_too() {
    let (ring, time) = (ring(), Time::starting());
    let to = (RENAMED, OTHER);
    let (newer_before, newer_after) = change::<Newer>(&ring, &time, to);
    let (_, after) = change::<Account>(&ring, &time, to);
    let value = Newer {
        name: "ada".into(),
        visits: 1,
        note: "appended".into(),
    };
    let mut browser = Browser::with(&newer_before.cookie_for(&value).unwrap());
    browser.visit(&after, |session| assert_eq!(session.get().name, "ada"));
    browser.visit(&after, |it| it.update(|it| it.visits += 1).unwrap());
    let session = browser.request(&newer_after);
    assert_eq!(
        (session.get().visits, &*session.get().note),
        (2, "appended")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The first of two roll-outs is the jar as it was, which opens the new name too.
    #[test]
    fn both_roll_outs_of_another_name_and_both_back_lose_nothing(
        which in 0..CHANGES.len(),
        steps in prop::collection::vec((0..2usize, 0..4u8), 1..60),
    ) {
        let (ring, time) = (ring(), Time::starting());
        let to = CHANGES[which];
        let (before, second) = change::<Account>(&ring, &time, to);
        let first = named(&ring, &time, APP, NAME)
            .also_opens(LegacyCookie::sealed(to.0, to.1), at(START))
            .build()
            .unwrap();
        let (mut browser, mut expected) = (Browser::default(), Account::default());
        for pair in [[&before, &first], [&first, &second], [&first, &second], [&before, &first]] {
            // Every visitor comes by once before the next roll-out begins.
            browser.visit(&first, |session| assert_eq!(*session.get(), expected));
            for (build, act) in &steps {
                browser.visit(pair[*build], |session| {
                    assert_eq!(*session.get(), expected);
                    match act {
                        0 => {
                            session.update(|it| it.name = "ada".into()).unwrap();
                            expected.name = "ada".into();
                        }
                        1 => {
                            session.purge();
                            expected = Account::default();
                        }
                        _ => {
                            session.update(|it| it.visits += 1).unwrap();
                            expected.visits += 1;
                        }
                    }
                });
                let names = browser.names();
                let sessions = names.iter().filter(|it| [NAME, to.1].contains(it));
                prop_assert!(sessions.count() <= 1);
            }
        }
    }
}

#[test]
fn what_cannot_work_is_refused_when_the_jar_is_built() {
    let (ring, time) = (ring(), Time::starting());
    let itself = LegacyCookie::<Account>::sealed(APP, NAME);
    let built = builder(&ring, &time).also_opens(itself, at(START)).build();
    let reason = built.unwrap_err().to_string();
    assert!(reason.contains("is the jar's own cookie"), "{reason}");
    let written = LegacyCookie::<Account>::sealed(APP, OTHER).keep_writing(write);
    let built = builder(&ring, &time).also_opens(written, at(START)).build();
    let reason = built.unwrap_err().to_string();
    assert!(
        reason.contains("is written by the build before"),
        "{reason}"
    );
}
