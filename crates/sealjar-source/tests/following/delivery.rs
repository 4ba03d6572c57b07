//! Does the watch notice every way in which rings are delivered, without a poll?

use std::fs;
use std::path::Path;

use sealjar_source::{Outcome, Reason, SourceError, Watcher};

use crate::support::{HOUR, Place, private, replaced, text};

/// Delivers the ring of an epoch.
type Deliver = fn(&Place, u64);

const DELIVERIES: &[(&str, Deliver)] = &[
    ("renamed over", rename_over),
    ("written in place", |place, epoch| place.write(&text(epoch))),
    ("deleted and made again", |place, epoch| {
        _ = fs::remove_file(place.path());
        place.write(&text(epoch));
    }),
    #[cfg(unix)]
    ("swapped as Kubernetes does", swap_links),
];

#[tokio::test]
async fn each_of_three_deliveries_is_heard_however_it_is_made() {
    for (name, deliver) in DELIVERIES {
        let place = Place::new();
        deliver(&place, 1);
        let mut watcher = Watcher::start(place.source())
            .await
            .unwrap()
            .poll_every(HOUR);
        for epoch in 2..=4 {
            deliver(&place, epoch);
            let event = replaced(&mut watcher).await;
            assert_ne!(event.reason, Reason::Poll, "{name}");
            assert_eq!(watcher.ring().load().epoch(), epoch, "{name}");
        }
    }
}

#[tokio::test]
async fn a_directory_that_is_removed_and_made_again_is_heard_again() {
    let place = Place::new();
    place.write(&text(1));
    let mut watcher = Watcher::start(place.source())
        .await
        .unwrap()
        .poll_every(HOUR);

    fs::remove_dir_all(place.directory()).unwrap();
    let event = tokio::time::timeout(crate::support::LIMIT, watcher.turn())
        .await
        .unwrap();
    assert_eq!(event.reason, Reason::Change);
    let Outcome::Refused(error) = event.outcome else {
        panic!("{event:?}");
    };
    assert!(matches!(*error, SourceError::Read { .. }), "{error}");

    fs::create_dir(place.directory()).unwrap();
    place.write(&text(2));
    assert_ne!(replaced(&mut watcher).await.reason, Reason::Poll);
    for epoch in 3..=4 {
        rename_over(&place, epoch);
        assert_eq!(replaced(&mut watcher).await.reason, Reason::Change);
        assert_eq!(watcher.ring().load().epoch(), epoch);
    }
}

#[tokio::test]
async fn a_directory_that_another_takes_the_place_of_is_heard_again() {
    let place = Place::new();
    place.write(&text(1));
    let mut watcher = Watcher::start(place.source())
        .await
        .unwrap()
        .poll_every(HOUR);

    let (old, new) = (place.beside("old"), place.beside("new"));
    fs::create_dir(&new).unwrap();
    private(&new.join("ring.json"), &text(2));
    fs::rename(place.directory(), &old).unwrap();
    fs::rename(&new, place.directory()).unwrap();
    assert_ne!(replaced(&mut watcher).await.reason, Reason::Poll);
    rename_over(&place, 3);
    assert_eq!(replaced(&mut watcher).await.reason, Reason::Change);
}

/// This watch gets no event of changes above its directory. A look for another reason corrects
/// that.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_swap_above_the_directory_is_found_for_an_unknown_key_and_heard_from_then_on() {
    let place = Place::new();
    let above = |name: &str| place.beside(name).join("inner");
    for (name, epoch) in [("now", 1), ("next", 2)] {
        fs::create_dir_all(above(name)).unwrap();
        private(&above(name).join("ring.json"), &text(epoch));
    }
    let path = above("now").join("ring.json");
    let mut watcher = Watcher::start(sealjar_source::FileSource::new(&path))
        .await
        .unwrap()
        .poll_every(HOUR);

    fs::rename(place.beside("now"), place.beside("past")).unwrap();
    fs::rename(place.beside("next"), place.beside("now")).unwrap();
    let unknown = sealjar::Key::generate(sealjar::Suite::Xaes256Gcm)
        .unwrap()
        .id();
    watcher.ring().note_unknown(unknown);
    let event = replaced(&mut watcher).await;
    assert_eq!(event.reason, Reason::UnknownKey(unknown));
    private(&path, &text(3));
    replaced(&mut watcher).await;
    assert_eq!(watcher.ring().load().epoch(), 3);
}

/// The negative control: what a watch on the file itself would notice.
#[cfg(target_os = "linux")]
#[test]
fn a_watch_on_the_file_hears_the_first_delivery_and_not_the_second() {
    for deliver in [rename_over as Deliver, swap_links] {
        let directory = heard(deliver, Place::directory);
        assert!(directory.iter().all(|delivery| *delivery > 0));
        let file = heard(deliver, Place::path);
        assert!(file[0] > 0);
        assert_eq!(file[1], 0, "it went silent");
    }
}

/// Counts the events of a watch during two deliveries. A mark in another directory ends each
/// delivery: all watches together get their events in one order.
#[cfg(target_os = "linux")]
fn heard(deliver: Deliver, watched: fn(&Place) -> std::path::PathBuf) -> [usize; 2] {
    use notify::{RecursiveMode, Watcher as _};

    let place = Place::new();
    deliver(&place, 1);
    let marks = tempfile::tempdir().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let mut watcher = notify::recommended_watcher(tell).unwrap();
    for path in [watched(&place).as_path(), marks.path()] {
        watcher.watch(path, RecursiveMode::NonRecursive).unwrap();
    }
    [2, 3].map(|epoch| {
        deliver(&place, epoch);
        let mark = marks.path().join(epoch.to_string());
        fs::create_dir(&mark).unwrap();
        std::iter::from_fn(|| told.recv_timeout(crate::support::LIMIT).ok())
            .map(|event| event.unwrap().paths)
            .take_while(|paths| *paths != [mark.clone()])
            .filter(|paths| !paths.iter().any(|path| path.starts_with(marks.path())))
            .count()
    })
}

fn rename_over(place: &Place, epoch: u64) {
    let new = place.directory().join("ring.json.new");
    private(&new, &text(epoch));
    fs::rename(new, place.path()).unwrap();
}

/// `ring.json` -> `..data/ring.json`, `..data` -> `..<epoch>`: only the second link is ever
/// swapped, and the old directory is removed.
#[cfg(unix)]
fn swap_links(place: &Place, epoch: u64) {
    use std::os::unix::fs::symlink;

    let directory = place.directory();
    let of = |epoch: u64| format!("..{epoch}");
    fs::create_dir(directory.join(of(epoch))).unwrap();
    private(&directory.join(of(epoch)).join("ring.json"), &text(epoch));
    let swapped = directory.join("..data_tmp");
    symlink(of(epoch), &swapped).unwrap();
    fs::rename(swapped, directory.join("..data")).unwrap();
    if place.path().is_symlink() {
        fs::remove_dir_all(directory.join(of(epoch - 1))).unwrap();
    } else {
        symlink(Path::new("..data").join("ring.json"), place.path()).unwrap();
    }
}
