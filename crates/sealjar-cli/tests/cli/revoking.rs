//! Does a revocation end what it names, and nothing else?

use sealjar::{Key, KeyRing, RingKey, Suite, Timestamp};

use crate::Sandbox;
use crate::flows::{open, seal};

#[test]
fn a_leaked_key_needs_a_second_command_and_the_first_says_from_when() {
    let it = Sandbox::begun();
    let leaked = it.keys("sealing").remove(0);
    let everyone = ["revoke", "--before", "now", "--yes"];
    let dry = |it: &Sandbox| it.does(&["revoke", "--before", "now", "--dry-run"]).stdout;
    assert!(!dry(&it).contains("may miss"), "no key is revoked");

    let revoked = it.does(&["revoke", &leaked, "--yes", "--json"]).json();
    assert_eq!(revoked["ends_forged"]["exact"], false);
    let from = revoked["ends_forged"]["from"].as_str().unwrap().to_owned();
    let from: Timestamp = from.parse().unwrap();
    // A distribution of 5 min, and three times the skew of 30 s, and a second.
    let ahead = from.seconds_since(Timestamp::now().unwrap());
    assert!((385..=391).contains(&ahead), "{ahead}");

    let announced = |said: &str| -> Timestamp {
        let command = "`sealjar revoke --before now --yes` from ";
        let (_, then) = said.split_once(command).unwrap();
        let (time, away) = then.split_once(' ').unwrap();
        assert!(away.starts_with("(in 6 min "), "{said}");
        time.parse().unwrap()
    };
    assert_eq!(announced(&dry(&it)), from);
    for line in [&everyone[..3], &everyone[..]] {
        let ran = it.run(line);
        assert!(ran.stdout.contains("this may miss"), "{ran:?}");
        // Of epochs within 10 s of each other the last one may be the one that revokes.
        let later = announced(&ran.stdout).seconds_since(from);
        assert!(later <= 10, "{ran:?}");
    }
}

#[test]
fn what_was_sealed_before_everyone_was_logged_out_opens_no_more() {
    for line in [
        ["revoke", "--before", "now", "--yes"],
        ["revoke", "--all", "--yes", "--json"],
    ] {
        let it = Sandbox::begun();
        let token = seal(&it);
        assert_eq!(open(&it, &token), "c0ffee");
        it.does(&line);
        assert!(open(&it, &token).starts_with("revoked_"), "{line:?}");
    }
}

#[test]
fn a_person_and_a_session_are_listed_and_a_later_time_wins() {
    let it = Sandbox::begun();
    let hour_ago = Timestamp::now().unwrap().saturating_sub(3600).to_string();
    let ada = ["revoke", "--subject", "ada", "--app", "shop", "--yes"];
    it.does(&[&ada[..], &["--before", &hour_ago]].concat());
    let born = |ring: &KeyRing, seconds| {
        let born = Timestamp::now().unwrap().saturating_sub(seconds);
        ring.revocations().covers_subject("shop", "ada", born)
    };
    let ring = it.ring();
    assert!(born(&ring, 4000) && !born(&ring, 3000));
    it.does(&ada);
    assert!(born(&it.ring(), 1));
    it.does(&["revoke", "--session", "00c0ffee00c0ffee"]);
    let ring = it.ring();
    assert!(
        ring.revocations()
            .covers_session(0x00c0_ffee_00c0_ffee_u64.to_be_bytes())
    );
    let status = it.does(&["status", "--json"]).json();
    assert_eq!(status["revocations"]["subjects"], 1);
    assert_eq!(status["revocations"]["sessions"], 1);
}

#[test]
fn keys_whose_ids_begin_with_dashes_are_revoked_by_name() {
    let it = Sandbox::begun();
    let mut draft = it.ring().draft();
    for beginning in ["-", "--"] {
        let key = std::iter::repeat_with(|| Key::generate(Suite::Xaes256Gcm).unwrap())
            .find(|key| key.id().to_string().starts_with(beginning))
            .unwrap();
        let key = RingKey::standby(key, 86_400, draft.epoch, draft.issued_at);
        draft.keys.push(key);
    }
    let ids: Vec<String> = draft.keys.iter().map(|key| key.id().to_string()).collect();
    let other = Sandbox::empty();
    other.write("dashes.json", &*draft.build().unwrap().to_json());
    other.does(&["import", "dashes.json", "--keep-sessions"]);
    other.does(&["revoke", &ids[2], "--yes", &ids[3]]);
    assert_eq!(other.keys("revoked"), ids[2..4]);
}
