//! What applications have revoked, and how `status` shows it.

use std::fs;

use sealjar::Revocation;
use sealjar_keeper::Keeper;
use sealjar_keeper::policy::PolicySettings;
use sealjar_keeper::store::FileStore;

use super::Sandbox;

#[test]
fn status_shows_what_is_on_the_list_and_what_is_wrong_with_it() {
    let it = Sandbox::begun();
    let none = it.does(&["status", "--json"]).json();
    assert!(none["list"].is_null(), "{none}");
    assert!(!it.does(&["status"]).stdout.contains("list"));

    let keeper = Keeper::new(FileStore::new(it.document()), PolicySettings::default());
    let session = Revocation::Session {
        id: [7; 8],
        born: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    let listed = runtime.block_on(keeper.revoke_listed(&[vec![session]]));
    let seq = listed.unwrap().seq;

    let text = it.does(&["status"]).stdout;
    let expected = format!("number {seq}, 1 session of 131072, 0 subjects of 32768; the next");
    assert!(text.contains(&expected), "{text}");
    let list = it.does(&["status", "--json"]).json()["list"].take();
    assert_eq!(
        (list["seq"].as_u64(), list["sessions"].as_u64()),
        (Some(seq), Some(1))
    );
    assert!(list["next_over"].as_str().unwrap().ends_with('Z'), "{list}");

    fs::write(it.path("ring.json.keeper/list"), "garbage").unwrap();
    let ran = it.run(&["status"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let text = ran.stdout;
    assert!(text.contains("ring.json.keeper/list: not a list"), "{text}");
    assert!(text.contains("sealjar restore FILE"), "{text}");
    assert!(text.contains("epoch"), "and the ring all the same: {text}");
    // What the hint says helps.
    it.does(&["restore", "ring.json", "--yes"]);
    assert_eq!(it.does(&["status", "--json"]).json()["list"]["sessions"], 0);
}
