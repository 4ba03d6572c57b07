//! Does the inspector give the same answer as a jar, wherever a jar's settings do not matter?

use sealjar::{LiveRing, Phase, Suite, Token};
use sealjar_session::{Candidate, Contents, Flash, Inspection, Jar, Origin, Refusal, inspect};

use crate::refusals::crowded;
use crate::support::{
    APP, Account, Browser, DAY, Forger, NAME, Note, START, Time, account, at, builder, change_ring,
    is_open, open, refusal, ring, token, world,
};

fn look(ring: &LiveRing, text: impl AsRef<[u8]>) -> Inspection {
    inspect(ring, Some(APP), NAME, b"", text.as_ref(), at(START)).unwrap()
}

fn kind(refusal: Option<&Refusal>) -> Option<&'static str> {
    refusal.map(|refusal| refusal.kind().as_str())
}

fn only(inspection: &Inspection) -> &Candidate {
    assert_eq!(inspection.candidates.len(), 1);
    &inspection.candidates[0]
}

#[test]
fn every_refusal_that_needs_no_type_has_the_word_that_a_jar_has_for_it() {
    let (ring, _, jar, headers) = crowded();
    let mut checked = Vec::new();
    for (expected, header) in &headers {
        let session = open(&jar, header);
        assert_eq!(refusal(&session), Some(*expected));
        let inspection = look(&ring, header);
        let found = kind(inspection.refusal.as_ref());
        if found.is_none() {
            // Only the jar can find this reason; the contents are reported.
            let needs_a_type = *expected == "undecodable";
            assert!(
                needs_a_type
                    || Inspection::UNCHECKED
                        .iter()
                        .any(|kind| kind.as_str() == *expected),
                "{expected}"
            );
            assert_eq!(inspection.chosen, Some(0));
            assert!(inspection.candidates[0].contents.is_some());
        } else {
            assert_eq!(found, Some(*expected), "{header:.200}");
            assert_eq!(inspection.chosen, None);
            checked.push(*expected);
        }
    }
    checked.sort_unstable();
    checked.dedup();
    assert_eq!(checked.len(), 15, "{checked:?}");
}

#[test]
fn schema_and_revision_are_told_without_knowing_the_type() {
    let (ring, _, _) = world::<Account>();
    let mut forger = Forger::new(&ring);
    (forger.schema, forger.revision) = (7, 300);
    let header = forger.header(b"");
    let inspection = look(&ring, &header);
    let contents = only(&inspection).contents.as_ref().unwrap();
    assert_eq!((contents.schema(), contents.revision()), (7, 300));
    let id = contents.session_id();
    assert_eq!(id.bytes(), forger.id);
    assert_eq!(format!("{id:?}"), format!("SessionId({id})"));
}

#[test]
fn a_good_cookie_tells_what_its_session_tells_and_nothing_of_it_shows_in_debug() {
    let (ring, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("Rumpelstiltskin")).unwrap();
    let session = open(&jar, &header);
    let Origin::Opened {
        born,
        sealed_at,
        expires_at,
        key_id,
        size,
        ..
    } = session.origin().clone()
    else {
        panic!("it opens");
    };
    for text in [header.as_str(), token(&header)] {
        let inspection = look(&ring, text);
        assert_eq!(inspection.chosen, Some(0));
        let candidate = only(&inspection);
        assert_eq!((candidate.size, candidate.parts), (size, 1));
        assert_eq!(candidate.suite, Some(Suite::Xaes256Gcm));
        assert_eq!(candidate.suite.map(Suite::version), Some(1));
        assert_eq!(candidate.key_id, Some(key_id));
        assert_eq!(candidate.phase, Some(Phase::Sealing));
        assert_eq!(candidate.refusal, None);
        let contents = candidate.contents.as_ref().unwrap();
        assert_eq!(
            (contents.born(), contents.sealed_at(), contents.expires_at()),
            (born, sealed_at, expires_at)
        );
        assert_eq!(Some(contents.session_id()), session.id());
        assert_eq!((contents.schema(), contents.revision()), (0, 0));
        let body = postcard::to_allocvec(&account("Rumpelstiltskin")).unwrap();
        assert_eq!(contents.plaintext_body(), body);
        let shown = format!("{inspection:?}");
        assert!(
            shown.contains(&format!("body_len: {}", body.len())),
            "{shown}"
        );
        assert!(
            !shown.contains("Rumpel") && !shown.contains("82, 117"),
            "{shown}"
        );
        assert!(
            !shown.contains(token(&header)),
            "a text in a log can be replayed"
        );
    }
}

#[test]
fn without_an_app_only_what_stands_outside_the_seal_is_said() {
    let (ring, _, _, headers) = crowded();
    let outside = [
        "revoked_key",
        "spent_key",
        "unknown_key",
        "malformed",
        "unknown_version",
        "torn_chunks",
    ];
    for (expected, header) in &headers {
        let inspection = inspect(&ring, None, NAME, b"", header.as_bytes(), at(START)).unwrap();
        let found = kind(inspection.refusal.as_ref());
        let all_five = inspection.candidates.len() == 5;
        if outside.contains(expected) || all_five {
            assert_eq!(found, Some(*expected));
        } else {
            assert_eq!((found, inspection.chosen), (None, None), "{expected}");
            let candidate = &inspection.candidates[0];
            assert!(candidate.key_id.is_some() && candidate.phase.is_some());
        }
        assert!(inspection.candidates.iter().all(|it| it.contents.is_none()));
    }
}

#[test]
fn another_app_name_or_binding_is_told_as_forged() {
    let (ring, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let kind_of = |app, name: &str, text: &str| {
        let inspection = inspect(&ring, Some(app), name, b"", text.as_bytes(), at(START)).unwrap();
        kind(inspection.refusal.as_ref())
    };
    assert_eq!(kind_of(APP, NAME, &header), None);
    assert_eq!(kind_of("blog-test", NAME, &header), Some("forged"));
    assert_eq!(kind_of(APP, "other", token(&header)), Some("forged"));
    let bound = builder::<Account>(&ring, &Time::starting()).binding("north");
    let header = bound.build().unwrap().cookie_for(&account("ada")).unwrap();
    let kind_bound = |binding: &[u8]| {
        let found = inspect(
            &ring,
            Some(APP),
            NAME,
            binding,
            header.as_bytes(),
            at(START),
        );
        kind(found.unwrap().refusal.as_ref())
    };
    assert_eq!(kind_bound(b"north"), None);
    for other in [&b""[..], b"south"] {
        assert_eq!(kind_bound(other), Some("forged"));
    }
    let long = "x".repeat(65_536);
    assert!(inspect(&ring, Some(&long), NAME, b"", b"", at(START)).is_err());
}

#[test]
fn parts_are_joined_and_torn_ones_say_so() {
    let (ring, time, _) = world::<Note>();
    let jar = builder::<Note>(&ring, &time)
        .max_size(12_288)
        .build()
        .unwrap();
    let header = jar.cookie_for(&Note("x".repeat(5000))).unwrap();
    let inspection = look(&ring, &header);
    let whole = only(&inspection);
    let Origin::Opened { size, .. } = *open(&jar, &header).origin() else {
        panic!("it opens");
    };
    assert_eq!(
        (whole.parts, whole.size, whole.phase),
        (2, size, Some(Phase::Sealing))
    );
    assert_eq!(
        whole.contents.as_ref().unwrap().plaintext_body().len(),
        5002
    );

    let mut browser = Browser::with(&header);
    browser.forget(&format!("{NAME}.1"));
    let alone = browser.header();
    let (_, head) = alone.split_once('=').unwrap();
    for torn in [alone.as_str(), head] {
        let inspection = look(&ring, torn);
        let candidate = only(&inspection);
        assert_eq!(kind(candidate.refusal.as_ref()), Some("torn_chunks"));
        assert_eq!((candidate.parts, candidate.size), (2, head.len()));
        assert_eq!((candidate.key_id, candidate.phase), (None, None));
    }
}

#[test]
fn among_two_the_newer_one_of_one_session_is_chosen_and_two_sessions_are_ambiguous() {
    let (ring, _, jar) = world::<Account>();
    let older = Forger::new(&ring).header_of(&account("ada"));
    let newer = Forger {
        revision: 7,
        ..Forger::new(&ring)
    }
    .header_of(&account("ada"));
    for (header, chosen) in [
        (format!("{older}; theme=dark; {newer}"), 1),
        (format!("a=b; {newer}; {older}; {older}"), 0),
        (format!("{NAME}=garbage; {NAME}x=no; {newer}"), 1),
    ] {
        let inspection = look(&ring, &header);
        assert_eq!(inspection.candidates.len(), 2);
        assert_eq!(inspection.chosen, Some(chosen), "{header}");
        assert!(is_open(&open(&jar, &header)));
    }
    let other = jar.cookie_for(&account("bob")).unwrap();
    let inspection = look(&ring, format!("{older}; {other}"));
    assert_eq!(kind(inspection.refusal.as_ref()), Some("ambiguous"));
    assert!(inspection.candidates.iter().all(|it| it.refusal.is_none()));
}

#[test]
fn more_than_four_are_not_opened_even_if_one_is_torn() {
    let (ring, _, jar) = world::<Account>();
    let mut header = format!("{NAME}=2~abcd.x");
    for _ in 0..5 {
        header = format!("{header}; {}", jar.cookie_for(&account("ada")).unwrap());
    }
    let inspection = look(&ring, &header);
    assert_eq!(inspection.candidates.len(), 5);
    assert_eq!(
        kind(inspection.refusal.as_ref()),
        refusal(&open(&jar, &header))
    );
    assert_eq!(kind(inspection.refusal.as_ref()), Some("ambiguous"));
    assert!(inspection.candidates.iter().all(|it| it.contents.is_none()));
}

#[test]
fn a_key_out_of_use_is_told_with_its_phase_and_a_strangers_without() {
    let (ring, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let id = Token::parse(token(&header)).unwrap().key_id();
    change_ring(&ring, |draft| draft.keys[0].revoke());
    let inspection = look(&ring, &header);
    assert_eq!(kind(inspection.refusal.as_ref()), Some("revoked_key"));
    assert_eq!(only(&inspection).phase, Some(Phase::Revoked));
    assert_eq!(only(&inspection).key_id, Some(id));
    let inspection = look(&crate::support::ring(), &header);
    assert_eq!(kind(inspection.refusal.as_ref()), Some("unknown_key"));
    assert_eq!(only(&inspection).phase, None);
    assert_eq!(only(&inspection).key_id, Some(id));
}

#[test]
fn garbage_is_told_as_garbage_and_other_cookies_as_none() {
    let ring = ring();
    for none in [
        "a=b",
        "theme=dark; lang=de",
        "=",
        ";;;=",
        "%5f%5fHost-Http-session=x",
    ] {
        let inspection = look(&ring, none);
        assert!(inspection.candidates.is_empty(), "{none}");
        assert_eq!((inspection.chosen, inspection.refusal), (None, None));
    }
    let bytes: Vec<u8> = (0..=255).filter(|byte| *byte != b'=').collect();
    for garbage in [
        &b""[..],
        b"x",
        b"9~",
        b"2~abcd.",
        b"\xFF\x00",
        &bytes,
        &[b'A'; 20_000],
    ] {
        let inspection = look(&ring, garbage);
        let candidate = only(&inspection);
        assert!(candidate.refusal.is_some() && candidate.contents.is_none());
        assert_eq!((candidate.key_id, candidate.suite), (None, None));
        assert_eq!(inspection.refusal, candidate.refusal);
    }
}

#[test]
fn revoked_and_logged_out_sessions_can_still_be_read() {
    let ring = ring();
    let header = Forger::new(&ring).header_of(&account("ada"));
    let id = u64::from_be_bytes(Forger::new(&ring).id);
    let inspection = look(&ring, format!("{header}; {NAME}.out={id:016x}"));
    assert_eq!(kind(inspection.refusal.as_ref()), Some("logged_out"));
    let contents = only(&inspection).contents.as_ref().unwrap();
    assert_eq!(contents.session_id().to_string(), format!("{id:016x}"));
    change_ring(&ring, |draft| {
        draft
            .revocations
            .revoke_session(id.to_be_bytes(), at(START + DAY));
    });
    let inspection = look(&ring, format!("{header}; {NAME}.out={id:016x}"));
    assert_eq!(kind(inspection.refusal.as_ref()), Some("revoked_session"));
    assert!(only(&inspection).contents.is_some());
}

#[test]
fn messages_open_as_such_and_never_as_a_session() {
    let (ring, time, jar) = world::<Account>();
    let flashes: Jar<Flash> = Jar::builder(&ring, APP)
        .clock(time.clock())
        .build()
        .unwrap();
    let header = flashes.cookie_for(&Flash::default()).unwrap();
    let name = flashes.cookie_name();
    let look = |app, name| inspect(&ring, Some(app), name, b"", header.as_bytes(), at(START));
    let found = look(APP, name).unwrap();
    assert!(only(&found).contents.as_ref().unwrap().is_flash());
    assert_eq!(found.chosen, Some(0));
    // The controls: another application's messages, and a session.
    let other = look("admin-test", name).unwrap();
    assert_eq!(kind(other.refusal.as_ref()), Some("forged"));
    let session = look_at(&ring, &jar.cookie_for(&account("ada")).unwrap());
    assert!(!session.is_flash());
}

fn look_at(ring: &LiveRing, header: &str) -> Contents {
    let mut found = look(ring, header);
    found.candidates.remove(0).contents.unwrap()
}
