//! Is it noticed that replicas can no longer read what was published for them?

use std::fs;
use std::path::Path;

use crate::Sandbox;

type Break = fn(&Sandbox, &Path);

/// What may become of the document, and the word for it.
const BREAKS: [(&str, Break); 7] = [
    // Copied from the store of another application, whose ring is called "web" too.
    ("another", |_, document| {
        let other = Sandbox::begun();
        let mut draft = other.ring().draft();
        draft.epoch = 1;
        fs::write(document, &*draft.build().unwrap().to_json()).unwrap();
    }),
    ("another", |it, document| {
        let mut draft = Sandbox::begun().ring().draft();
        draft.epoch = it.ring().epoch() + 50;
        fs::write(document, &*draft.build().unwrap().to_json()).unwrap();
    }),
    ("missing", |_, document| fs::remove_file(document).unwrap()),
    ("unreadable", |_, document| {
        let text = fs::read(document).unwrap();
        fs::write(document, &text[..text.len() / 2]).unwrap();
    }),
    ("unreadable", |_, document| fs::write(document, "").unwrap()),
    ("older", |it, document| {
        fs::copy(it.path("day-one.json"), document).unwrap();
    }),
    ("changed", |_, document| {
        let mut text = fs::read(document).unwrap();
        text.push(b'\n');
        fs::write(document, text).unwrap();
    }),
];

fn begun() -> Sandbox {
    let it = Sandbox::begun();
    fs::copy(it.document(), it.path("day-one.json")).unwrap();
    it.does(&["revoke", "--before", "now", "--yes"]);
    it
}

#[test]
fn status_says_what_has_become_of_the_document_and_exits_with_4_until_it_is_put_right() {
    for (word, break_it) in BREAKS {
        let it = begun();
        let sound = it.does(&["status", "--json"]).json();
        assert_eq!(sound["delivery"]["found"], "head");
        break_it(&it, &it.document());
        let broken = fs::read(it.document()).ok();

        let told = it.run(&["status"]);
        assert_eq!((told.code, told.stderr.as_str()), (4, ""), "{word}");
        assert!(
            told.stdout.contains("is not what replicas should read: "),
            "{word}: {}",
            told.stdout
        );
        let json = it.run(&["status", "--json"]);
        assert_eq!(json.json()["delivery"]["found"], word);
        assert_eq!(json.code, 4);
        assert_eq!(
            fs::read(it.document()).ok(),
            broken,
            "{word}: to look changes nothing"
        );

        let turn = it.run(&["run", "--once"]);
        assert_eq!(turn.code, 0, "{turn:?}");
        assert!(
            turn.stdout.contains("was not as published"),
            "{word}: {turn:?}"
        );
        assert_eq!(
            fs::read(it.document()).unwrap(),
            fs::read(it.head()).unwrap()
        );
        it.does(&["status"]);
    }
}

#[test]
fn an_epoch_that_waits_for_its_publication_is_no_trouble() {
    let it = begun();
    // A keeper that died between its commit and the publication.
    fs::copy(it.path("day-one.json"), it.document()).unwrap();
    fs::write(it.path("ring.json.keeper/published.json"), "[]").unwrap();
    let told = it.does(&["status"]);
    assert!(told.stdout.contains("not published yet"), "{}", told.stdout);
}

#[test]
fn a_restore_and_an_import_refuse_another_applications_ring_unless_a_person_insists() {
    let (it, other) = (begun(), Sandbox::begun());
    fs::copy(other.document(), it.path("others.json")).unwrap();
    let line = ["restore", "others.json", "--yes"];
    it.refuses(&line, 3, "they have no key in common");
    // Where the head is lost, what was kept and what was delivered tell as much.
    let lost = begun();
    fs::copy(other.document(), lost.path("others.json")).unwrap();
    fs::remove_file(lost.head()).unwrap();
    lost.refuses(
        &["import", "others.json", "--yes"],
        3,
        "is it another application's?",
    );

    // The control: its own document of the first day is taken, and another ring's if a person
    // insists.
    it.does(&["restore", "day-one.json", "--yes"]);
    let asked = it.refuses(&["restore", "others.json", "--replace-ring"], 3, "everyone");
    assert!(asked.stdout.contains("is replaced"), "{asked:?}");
    let before = it.ring();
    it.does(&["restore", "others.json", "--replace-ring", "--yes"]);
    assert_eq!(it.ring().id(), other.ring().id());
    assert!(it.ring().epoch() > before.epoch());
    let ids = |ring: sealjar::KeyRing| ring.keys().iter().map(|key| key.id()).collect::<Vec<_>>();
    assert_eq!(ids(it.ring()), ids(other.ring()));
}
