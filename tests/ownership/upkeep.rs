//! Commands that root runs must not lock out the user who owns the store.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use crate::world::{APP, KEEPER, REVOKE, REVOKE_ANOTHER, ROOT, STRANGER, World};

#[test]
fn what_root_writes_belongs_to_whom_the_store_belongs_to() {
    let world = World::begun();
    chown(world.document(), None, Some(APP)).unwrap();
    fs::set_permissions(world.document(), fs::Permissions::from_mode(0o640)).unwrap();
    world.does(ROOT, &REVOKE);
    world.does(ROOT, &["rotate", "--force", "--yes"]);
    for (path, owner) in world.owners() {
        assert_eq!(owner, KEEPER, "{}", path.display());
    }
    assert!(fs::read_dir(world.own("kept")).unwrap().count() > 0);
    let document = fs::metadata(world.document()).unwrap();
    assert_eq!((document.gid(), document.mode() & 0o777), (APP, 0o640));
}

#[test]
fn a_store_that_root_begins_belongs_to_whom_the_directory_belongs_to() {
    let world = World::of(KEEPER, 0o755);
    world.does(ROOT, &["init"]);
    for (path, owner) in world.owners() {
        assert_eq!(owner, KEEPER, "{}", path.display());
    }
    world.does(KEEPER, &REVOKE);
}

#[test]
fn a_store_in_a_directory_that_its_user_shares_with_a_group_is_known_by_its_document() {
    let world = World::of(ROOT, 0o2775);
    chown(world.path(""), None, Some(KEEPER)).unwrap();
    world.does(KEEPER, &["init"]);
    world.does(ROOT, &REVOKE);
    world.does(KEEPER, &REVOKE_ANOTHER);
}

#[test]
fn another_user_is_told_whose_the_store_is() {
    let world = World::begun();
    for line in [&["status"][..], &REVOKE, &["run", "--once"]] {
        let ran = world.run(STRANGER, line);
        assert_eq!(ran.code, Some(4), "{}", ran.said);
        let words = format!("belongs to user {KEEPER}, and this is user {STRANGER}");
        assert!(ran.said.contains(&words), "{}", ran.said);
        assert!(ran.said.contains("hint: run as its owner"), "{}", ran.said);
    }
    // Root's store is closed to everybody else, whichever group gets its document.
    let world = World::of(KEEPER, 0o755);
    fs::create_dir(world.path("ring.json.keeper")).unwrap();
    world.refuses(KEEPER, &["init"], "ring.json.keeper belongs to user 0");
}
