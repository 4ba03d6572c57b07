//! Is each bad ring refused with the reason and a hint, at start and while running?

use std::fs;
#[cfg(unix)]
use std::path::Path;

use sealjar_source::{FileSource, Outcome, Reason, Watcher};

#[cfg(unix)]
use crate::support::pipe_over;
use crate::support::{Place, Polled, draft, secrets, text};
#[cfg(unix)]
use sealjar_source::Concern;

/// What happens to the file, and what the refusal and its hint say.
type Case = (&'static str, fn(&Place), &'static str, &'static str);

const NEVER_A_RING: &[Case] = &[
    (
        "missing",
        |place| fs::remove_file(place.path()).unwrap(),
        "No such file",
        "deliver the ring to this path",
    ),
    #[cfg(unix)]
    (
        "a directory",
        |place| {
            fs::remove_file(place.path()).unwrap();
            fs::create_dir(place.path()).unwrap();
        },
        "not a regular file",
        "as a file",
    ),
    #[cfg(unix)]
    (
        "a pipe that nobody writes to",
        pipe_over,
        "not a regular file",
        "as a file",
    ),
    #[cfg(target_os = "linux")]
    (
        "a device",
        |place| {
            fs::remove_file(place.path()).unwrap();
            std::os::unix::fs::symlink("/dev/zero", place.path()).unwrap();
        },
        "not a regular file",
        "as a file",
    ),
    #[cfg(unix)]
    (
        "for everybody to write",
        |place| writable(place, 0o666),
        "other users may write to the key ring, its mode is 0666",
        "chmod 0640",
    ),
    #[cfg(unix)]
    (
        "for a group to write",
        |place| writable(place, 0o660),
        "its mode is 0660",
        "chmod 0640",
    ),
    (
        "empty",
        |place| place.write(""),
        "the key ring is empty",
        "did not finish",
    ),
    (
        "blank",
        |place| place.write("\n"),
        "not a ring document",
        "deliver the ring again",
    ),
    (
        "cut",
        |place| place.write(&text(6)[..700]),
        "not a ring document",
        "deliver the ring again",
    ),
    (
        "corrupt",
        |place| place.write(&text(6).replacen("sealjar-key-1_", "sealjar-key-1_A", 1)),
        "keys[0].secret",
        "deliver the ring again",
    ),
    (
        "not text",
        |place| fs::write(place.path(), [0xff; 100]).unwrap(),
        "not a ring document",
        "deliver the ring again",
    ),
    (
        "of an epoch that lies ahead",
        |place| place.write(&text(sealjar::KeyRing::MAX_EPOCH)),
        "lies ahead of this machine's clock",
        "--clock-is-right",
    ),
    (
        "of an epoch that no clock could give it",
        |place| place.write(&text(6).replace("\"epoch\": 6", "\"epoch\": 18446744073709551615")),
        "epoch: must be at most",
        "deliver the ring again",
    ),
    (
        "too long",
        |place| place.write(&" ".repeat(500_001)),
        "500001 bytes",
        "deliver the ring again",
    ),
    (
        "of a later format",
        |place| place.write(&text(6).replace("sealjar-ring/1", "sealjar-ring/2")),
        "unsupported_format",
        "upgrade this application",
    ),
    (
        "with a critical field of later",
        |place| {
            place.write(&text(6).replace("\"critical\": []", "\"critical\": [\"quorum\"]"));
        },
        "quorum",
        "upgrade this application",
    ),
];

const NOT_THE_NEXT_RING: &[Case] = &[
    (
        "older",
        |place| place.write(&text(4)),
        "epoch 4 is older than epoch 5",
        "deliver the newest epoch",
    ),
    (
        "foreign",
        |place| {
            let mut foreign = draft(6);
            foreign.name = "other".into();
            place.write(&foreign.build().unwrap().to_json());
        },
        "the ring \"other\" is not the ring \"web\"",
        "deliver the ring that this application started with",
    ),
    (
        "the same epoch with other content",
        |place| {
            let mut other = draft(5);
            other.keys.pop();
            place.write(&other.build().unwrap().to_json());
        },
        "epoch 5 is in use with other content",
        "raise the epoch",
    ),
];

#[tokio::test]
async fn without_a_good_ring_nothing_starts_and_the_error_says_why_and_what_to_do() {
    for (name, spoil, reason, hint) in NEVER_A_RING {
        let place = Place::new();
        place.write(&text(5));
        spoil(&place);
        let error = Watcher::start(place.source()).await.unwrap_err();
        let shown = format!("{error:?}");
        for part in ["ring.json: ", reason, "\nhint: ", hint] {
            assert!(shown.contains(part), "{name}: {shown}");
        }
        for secret in secrets(&text(6)) {
            assert!(!shown.contains(secret), "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn while_running_a_bad_ring_leaves_the_last_good_one_and_the_next_good_one_is_taken() {
    for (name, spoil, reason, hint) in NEVER_A_RING.iter().chain(NOT_THE_NEXT_RING) {
        let place = Place::new();
        place.write(&text(5));
        let mut watcher = Watcher::start(Polled(place.source())).await.unwrap();
        let readiness = watcher.readiness();

        spoil(&place);
        for attempt in [Reason::Poll, Reason::Retry] {
            let event = watcher.turn().await;
            assert_eq!(event.reason, attempt, "{name}");
            let Outcome::Refused(error) = event.outcome else {
                panic!("{name}: {event:?}");
            };
            assert!(error.to_string().contains("ring.json: "), "{name}: {error}");
            assert!(error.to_string().contains(reason), "{name}: {error}");
            assert!(error.hint().contains(hint), "{name}: {error:?}");
            assert_eq!(watcher.ring().load().epoch(), 5, "{name}");
            assert_eq!(watcher.ring().load().keys().len(), 2, "{name}");
            assert_eq!(readiness.check(), Ok(()), "{name}: it keeps serving");
            let failure = readiness.failure().unwrap();
            assert_eq!(failure.error.to_string(), error.to_string(), "{name}");
        }

        place.clear();
        place.write(&text(5));
        let event = watcher.turn().await;
        assert!(matches!(event.outcome, Outcome::Recovered), "{name}");
        assert!(readiness.failure().is_none(), "{name}");

        spoil(&place);
        watcher.turn().await;
        place.clear();
        place.write(&text(6));
        let event = watcher.turn().await;
        let newer = matches!(event.outcome, Outcome::Replaced { from: 5, to: 6 });
        assert!(newer, "{name}: {event:?}");
        assert!(readiness.failure().is_none(), "{name}");
    }
}

#[cfg(unix)]
fn writable(place: &Place, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    place.write(&text(6));
    fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
}

/// An open file without a name gives the ring, like a file that was replaced where it is mounted
/// from.
#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_file_without_a_name_is_used_and_the_operator_is_told_that_nothing_newer_arrives() {
    use std::os::fd::AsRawFd;
    let place = Place::new();
    place.write(&text(5));
    let held = fs::File::open(place.path()).unwrap();
    let mounted = format!("/proc/self/fd/{}", held.as_raw_fd());
    let source = FileSource::new(&mounted);
    let mut watcher = Watcher::start(Polled(source)).await.unwrap();
    let readiness = watcher.readiness();
    assert_eq!(
        readiness.concern(),
        None,
        "the control: it has its name yet"
    );

    fs::remove_file(place.path()).unwrap();
    place.write(&text(6));
    watcher.turn().await;
    assert_eq!(watcher.ring().load().epoch(), 5);
    let concern = readiness.concern().unwrap();
    assert_eq!(concern, Concern::CutOff);
    assert!(concern.to_string().contains("do not arrive"), "{concern}");
    assert!(concern.hint().contains("mount the directory"));
    assert_eq!(readiness.check(), Ok(()), "it keeps serving");
    assert!(readiness.failure().is_none());
}

/// The replica does not refuse the ring, as root or as another user: to stop would log everybody
/// out.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_directory_in_which_everybody_can_replace_the_ring_is_shown_until_it_is_closed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    place.write(&text(5));
    let chmod = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let mut watcher = Watcher::start(Polled(place.source())).await.unwrap();
    let readiness = watcher.readiness();
    for (mode, concern) in [
        (0o755, None),
        (0o777, Some(Concern::Replaceable)),
        (0o1777, None),
        (0o702, Some(Concern::Replaceable)),
        (0o2775, None),
    ] {
        chmod(&place.directory(), mode);
        watcher.turn().await;
        assert_eq!(readiness.concern(), concern, "{mode:o}");
        assert_eq!(readiness.check(), Ok(()), "it keeps serving");
        assert!(readiness.failure().is_none(), "{mode:o}");
    }

    // The same for the directory of the file that a link leads to, as in Kubernetes.
    let link = place.beside("link.json");
    symlink(place.path(), &link).unwrap();
    chmod(&place.directory(), 0o777);
    let linked = Watcher::start(Polled(FileSource::new(&link)))
        .await
        .unwrap();
    let concern = linked.readiness().concern().unwrap();
    assert_eq!(concern, Concern::Replaceable);
    assert!(concern.to_string().contains("every user can replace"));
    assert!(concern.hint().contains("chmod 0755"));
}

#[test]
fn a_path_with_control_characters_is_spelt_out_in_errors() {
    let source = FileSource::new("no\rwhere\n\u{1b}[2J/\u{202e}ring.json");
    let shown = format!("{:?}", source.fetch().unwrap_err());
    let spelt = r"no\rwhere\n\u{1b}[2J/\u{202e}ring.json: ";
    assert!(shown.contains(spelt), "{shown}");
    assert!(!shown.contains(['\r', '\u{1b}', '\u{202e}']), "{shown}");
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_file_that_everybody_may_read_is_used_because_to_stop_would_log_everybody_out() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let open = |epoch| {
        place.write(&text(epoch));
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o644)).unwrap();
    };
    open(5);
    let mut watcher = Watcher::start(Polled(place.source())).await.unwrap();
    open(6);
    watcher.turn().await;
    assert_eq!(watcher.ring().load().epoch(), 6);
}
