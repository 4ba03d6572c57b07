//! A stranger writes to the directory in which a store is created.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

use crate::world::{APP, KEEPER, ROOT, STRANGER, World, plant, plant_directory};

/// A document of some ring, for a stranger to plant.
fn a_ring() -> Vec<u8> {
    let world = World::begun();
    fs::read(world.document()).unwrap()
}

#[test]
fn a_directory_that_a_stranger_made_beforehand_gets_no_key() {
    let ring = a_ring();
    for user in [ROOT, KEEPER] {
        let world = World::of(ROOT, 0o1777);
        plant_directory(STRANGER, &world.path("ring.json.keeper"));
        let words = format!("belongs to user {STRANGER}, and this is user {user}");
        world.refuses(user, &["init"], &words);

        // With a document of the stranger's as well, it looks like a store of that user.
        plant(STRANGER, &world.document(), &ring, 0o644);
        let backup = world.path("backup.json");
        plant(user, &backup, &ring, 0o600);
        let import = ["import", backup.to_str().unwrap(), "--yes"];
        for line in [&["init"][..], &import, &["status"], &["run", "--once"]] {
            world.refuses(user, line, &words);
        }
        assert_eq!(fs::read_dir(world.own("")).unwrap().count(), 0);
        assert_eq!(fs::read(world.document()).unwrap(), ring);
    }
}

/// The negative control: root works on another user's store if nobody else can have created it.
#[test]
fn the_same_directory_is_taken_where_its_owner_owns_the_place() {
    let world = World::of(STRANGER, 0o755);
    plant_directory(STRANGER, &world.path("ring.json.keeper"));
    world.does(ROOT, &["init"]);
    world.does(STRANGER, &["status"]);
}

#[test]
fn a_document_that_a_stranger_made_beforehand_opens_no_ring_to_a_group() {
    for (user, group) in [(ROOT, STRANGER), (KEEPER, KEEPER)] {
        let world = World::of(ROOT, 0o1777);
        world.does(user, &["init"]);
        let ring = fs::read(world.document()).unwrap();
        // The document was missing for a moment, or the ring was imported where there had been one.
        fs::remove_file(world.document()).unwrap();
        plant(STRANGER, &world.document(), &ring, 0o640);
        chown(world.document(), None, Some(group)).unwrap();
        let words = format!("ring.json belongs to user {STRANGER}");
        for line in [&["run", "--once"][..], &["rotate", "--force", "--yes"]] {
            world.refuses(user, line, &words);
        }
        assert_eq!(fs::read(world.document()).unwrap(), ring);
    }
}

/// The negative control: if only the store's user can put a document there, that user chooses its
/// group.
#[test]
fn a_document_that_root_has_given_to_the_replicas_stays_theirs() {
    let world = World::of(ROOT, 0o755);
    world.does(ROOT, &["init"]);
    chown(world.document(), Some(APP), Some(APP)).unwrap();
    fs::set_permissions(world.document(), fs::Permissions::from_mode(0o640)).unwrap();
    world.does(ROOT, &["rotate", "--force", "--yes"]);
    let owners = world.owners();
    let of_app = owners.iter().filter(|(_, owner)| *owner == APP);
    let of_app: Vec<_> = of_app.map(|(path, _)| path.clone()).collect();
    assert_eq!(of_app, [world.document()]);
}

#[test]
fn what_a_stranger_puts_beside_the_document_hinders_no_publication() {
    let world = World::of(ROOT, 0o1777);
    world.does(KEEPER, &["init"]);
    let before = fs::read(world.document()).unwrap();
    for name in ["ring.json.tmp", "head.json.tmp", "lock"] {
        plant_directory(STRANGER, &world.path(name));
    }
    world.does(KEEPER, &["revoke", "--session", "00c0ffee00c0ffee"]);
    assert_ne!(fs::read(world.document()).unwrap(), before);
}
