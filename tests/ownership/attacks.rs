//! The keeper's user has been compromised, and waits for root to run a command on its store.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{MetadataExt, fchown, symlink};
use std::path::Path;

use crate::world::{KEEPER, REVOKE, REVOKE_ANOTHER, ROOT, World};

#[test]
fn a_link_in_place_of_any_file_of_the_store_gives_away_nothing() {
    for name in ["lock", "head.json", "published.json", "ring.json"] {
        let world = World::begun();
        let secret = world.secret();
        let path = match name {
            "ring.json" => world.document(),
            own => world.own(own),
        };
        fs::remove_file(&path).unwrap();
        symlink(&secret.0, &path).unwrap();
        world.refuses(ROOT, &REVOKE, "is a symbolic link");
        assert!(secret.is_as_it_was(), "{name}");
    }
}

/// The negative control: if root's command opened the lock by its path, it would give the opened
/// file to the owner of the directory.
#[test]
fn the_same_link_followed_gives_away_a_file_of_roots() {
    fn open_lock(path: &Path) {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .unwrap();
        let owner = fs::metadata(path.parent().unwrap()).unwrap();
        fchown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let world = World::begun();
    let secret = world.secret();
    fs::remove_file(world.own("lock")).unwrap();
    symlink(&secret.0, world.own("lock")).unwrap();
    open_lock(&world.own("lock"));
    assert!(!secret.is_as_it_was());
    assert_eq!(fs::metadata(&secret.0).unwrap().uid(), KEEPER);
}

#[test]
fn a_second_name_of_a_file_of_roots_gives_away_nothing() {
    for name in ["lock", "head.json", "published.json", "kept/1.json"] {
        let world = World::begun();
        let secret = world.secret();
        // Most systems let only root create such a name.
        _ = fs::remove_file(world.own(name));
        fs::hard_link(&secret.0, world.own(name)).unwrap();
        _ = world.run(ROOT, &REVOKE);
        _ = world.run(ROOT, &["run", "--once"]);
        assert!(secret.is_as_it_was(), "{name}");
    }
}

#[test]
fn a_link_in_place_of_the_kept_epochs_lets_nothing_be_removed() {
    let world = World::begun();
    world.does(KEEPER, &REVOKE);
    let elsewhere = world.elsewhere();
    for name in ["1.json", "2.json.tmp", "precious"] {
        fs::write(elsewhere.join(name), "precious").unwrap();
    }
    let count = || fs::read_dir(&elsewhere).unwrap().count();
    fs::remove_dir_all(world.own("kept")).unwrap();
    symlink(&elsewhere, world.own("kept")).unwrap();
    world.refuses(ROOT, &REVOKE_ANOTHER, "kept is a symbolic link");
    world.refuses(ROOT, &["run", "--once"], "kept is a symbolic link");
    assert_eq!(count(), 3);

    // The negative control: in a directory of the store's own, the same files count as past epochs.
    fs::remove_file(world.own("kept")).unwrap();
    fs::rename(&elsewhere, world.own("kept")).unwrap();
    world.does(ROOT, &REVOKE_ANOTHER);
    assert!(!world.own("kept/1.json").exists() && !world.own("kept/2.json.tmp").exists());
    assert!(world.own("kept/precious").exists());
}

#[test]
fn a_link_in_place_of_the_stores_directory_is_not_followed() {
    let world = World::of(KEEPER, 0o755);
    let elsewhere = world.elsewhere();
    symlink(&elsewhere, world.path("ring.json.keeper")).unwrap();
    world.refuses(ROOT, &["init"], "ring.json.keeper is a symbolic link");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    assert_eq!(fs::metadata(&elsewhere).unwrap().uid(), ROOT);
}
