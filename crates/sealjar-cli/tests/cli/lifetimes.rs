//! Is a wish for another policy kept, acknowledged and dated?

use sealjar::Timestamp;

use crate::Sandbox;

const MONTH: u32 = 30 * 86_400;

/// A ring that is everywhere at once, so that nothing has to be waited for.
fn begun() -> Sandbox {
    let it = Sandbox::empty();
    it.does(&["init", "--distribution", "0s", "--skew", "0s"]);
    it
}

#[test]
fn a_longer_lifetime_is_acknowledged_kept_and_shown_with_its_date_until_it_holds() {
    let it = begun();
    let asked = it.does(&["run", "--once", "--token-lifetime", "30d"]);
    for words in ["tokens of new keys live 30d", "tokens live 30d from 20"] {
        assert!(asked.stdout.contains(words), "{words}: {}", asked.stdout);
    }
    // Nobody says it again, and it is still there.
    let shown = it.does(&["status"]);
    for words in [
        "tokens live 1d, ",
        "pending      tokens live 30d from 20",
        "Z (in ",
        "rotate --adopt-policy",
    ] {
        assert!(shown.stdout.contains(words), "{words}: {}", shown.stdout);
    }
    let now = Timestamp::now().unwrap();
    let date = it.ring().allows_from(MONTH, now).unwrap();
    let json = it.does(&["status", "--json"]).json();
    assert_eq!(json["policy"]["token_lifetime"], MONTH);
    let pending = &json["policy"]["pending"];
    assert_eq!(pending["token_lifetime_now"], 86_400);
    assert_eq!(pending["token_lifetime_from"], date.to_string());
    assert_eq!(pending["is_in_ring"], true);

    let adopted = it.does(&["rotate", "--adopt-policy"]);
    assert!(
        adopted.stdout.contains("seals from 20"),
        "{}",
        adopted.stdout
    );
    let again = it.does(&["rotate", "--adopt-policy"]);
    assert!(
        again.stdout.contains("goes by the policy already"),
        "{}",
        again.stdout
    );
    // No two keys begin in one second, and the first may have begun in this one.
    let holds = (0..300).any(|_| {
        let shown = it.does(&["status"]).stdout;
        !shown.contains("pending") && shown.contains("tokens live 30d, ")
    });
    assert!(holds, "{:?}", it.does(&["status"]));
    let now = Timestamp::now().unwrap();
    assert_eq!(it.ring().allows_from(MONTH, now), Some(now));
}

#[test]
fn what_is_asked_of_a_ring_that_is_on_its_way_is_told_and_not_hurried() {
    let it = Sandbox::begun();
    let line = ["rotate", "--adopt-policy", "--token-lifetime", "30d"];
    let before = it.files();
    let tried = it.does(&[&line[..], &["--dry-run"]].concat());
    assert!(
        tried.stdout.contains("tokens live 30d from 20"),
        "{}",
        tried.stdout
    );
    assert!(before == it.files(), "it was only tried");
    let asked = it.does(&line);
    assert!(
        asked.stdout.contains("the keeper that runs does the rest"),
        "{}",
        asked.stdout
    );
    let sealing = it.keys("sealing");
    let again = it.does(&["rotate", "--adopt-policy"]);
    assert!(
        again.stdout.contains("comes in once every replica holds"),
        "{}",
        again.stdout
    );
    // The control: a turn does not let the key seal before it is everywhere.
    it.does(&["run", "--once"]);
    assert_eq!(it.keys("sealing"), sealing);
    assert_eq!(it.keys("staged"), [""; 0]);
    let json = it.does(&["status", "--json"]).json();
    assert_eq!(json["policy"]["pending"]["is_early"], true);
}

#[test]
fn what_is_only_asked_for_here_is_shown_as_not_in_the_ring() {
    let it = begun();
    let shown = it.does(&["status", "--token-lifetime", "30d"]);
    assert!(
        shown.stdout.contains("is not in the ring"),
        "{}",
        shown.stdout
    );
    let json = it
        .does(&["status", "--json", "--token-lifetime", "30d"])
        .json();
    assert_eq!(json["policy"]["pending"]["is_in_ring"], false);
    let json = it.does(&["status", "--json"]).json();
    assert_eq!(json["policy"]["pending"]["is_in_ring"], true);
    let shown = it.does(&["status", "--token-lifetime", "90d"]);
    assert!(shown.stdout.contains("raise that too"), "{}", shown.stdout);
}
