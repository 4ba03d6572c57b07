//! Is it noticed that replicas can no longer read what was published for them?

use std::fs;
use std::path::Path;

use crate::Sandbox;

type Break = fn(&Sandbox, &Path);

/// What may become of the document, and the word for it.
const BREAKS: [(&str, Break); 6] = [
    // Copied from the store of another application, whose ring is called "web" too.
    ("another", |_, document| {
        let other = Sandbox::begun();
        let mut draft = other.ring().draft();
        draft.epoch = 1;
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
