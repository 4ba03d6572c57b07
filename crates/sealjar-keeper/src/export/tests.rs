//! Does a program that seals by itself lose anybody when the ring rotates?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sealjar::{KeyRing, Timestamp};

use super::*;
use crate::policy::PolicySettings;
use crate::store::{FileStore, RingStore, StoreError, Stored};
use crate::{HumanDuration, Keeper};

const EXPORT: &str = "any:shop:secrets.json";
const ROTATE_EVERY: u32 = 300;
const DISTRIBUTION: u32 = 60;
const SKEW: u32 = 5;
const LIFETIME: u32 = 200;

/// A keeper that delivers an export, and the time.
struct Delivered {
    directory: tempfile::TempDir,
    now: Arc<AtomicU32>,
    keeper: Keeper<FileStore>,
}

impl Delivered {
    async fn begun(exports: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let seconds = |seconds| Some(HumanDuration::from_secs(seconds));
        let settings = PolicySettings {
            rotate_every: seconds(ROTATE_EVERY),
            distribution: seconds(DISTRIBUTION),
            skew: seconds(SKEW),
            token_lifetime: seconds(LIFETIME),
            ..PolicySettings::default()
        };
        let now = Arc::new(AtomicU32::new(1_000_000));
        let clock = Arc::clone(&now);
        let exports = exports
            .iter()
            .map(|text| text.parse::<ExportFile>().unwrap());
        let store = FileStore::new(directory.path().join("ring.json")).exports(exports);
        let keeper = Keeper::new(store, settings)
            .clock(move || Ok(Timestamp::from_stored(clock.load(Ordering::Relaxed))));
        keeper.init("web").await.unwrap();
        Self {
            directory,
            now,
            keeper,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn ring(&self) -> KeyRing {
        KeyRing::from_json(&std::fs::read(self.path("ring.json")).unwrap()).unwrap()
    }
}

fn secrets(path: &Path) -> Vec<String> {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Three programs take the secrets one after the other, each within the distribution, and seal
/// with the first. Returns how many keys came to seal, and how often a session that lives was
/// refused.
async fn run(take: impl Fn(&Delivered) -> Vec<String>) -> (usize, usize) {
    let it = Delivered::begun(&[EXPORT]).await;
    let mut programs = vec![take(&it); 3];
    // Until when the last session under a secret lives.
    let mut sessions: BTreeMap<String, u32> = BTreeMap::new();
    let mut logged_out = 0;
    for second in 0..5 * ROTATE_EVERY {
        it.now.fetch_add(1, Ordering::Relaxed);
        if second % 3 == 0 {
            it.keeper.turn().await.unwrap();
        }
        for (at, program) in (0..).zip(&mut programs) {
            if (second + 20 * at) % DISTRIBUTION == 0 {
                *program = take(&it);
            }
            sessions.insert(program[0].clone(), second + LIFETIME);
        }
        let alive = sessions.iter().filter(|(_, until)| second < **until);
        logged_out += alive
            .map(|(secret, _)| programs.iter().filter(|it| !it.contains(secret)).count())
            .sum::<usize>();
    }
    (sessions.len(), logged_out)
}

#[tokio::test]
async fn programs_that_take_their_secrets_one_after_the_other_lose_nobody() {
    let (keys, logged_out) = run(|it| secrets(&it.path("secrets.json"))).await;
    assert!(keys >= 4, "{keys}");
    assert_eq!(logged_out, 0);
}

/// What their own manuals show: the new secret first, then the old ones.
#[tokio::test]
async fn the_control_an_export_without_the_standby_logs_people_out() {
    let (keys, logged_out) = run(|it| {
        let ring = it.ring();
        let exported = sealjar::keeper::export(&ring, "shop", "any", 32).unwrap();
        let is_standby = |key| {
            let mut keys = ring.keys().iter();
            keys.any(|it| it.id() == key && it.seals_from.is_none())
        };
        let all = secrets(&it.path("secrets.json"));
        let with_keys = all.into_iter().zip(&exported);
        let without = with_keys.filter(|(_, of)| !is_standby(of.key()));
        without.map(|(secret, _)| secret).collect()
    })
    .await;
    assert!(keys >= 4, "{keys}");
    assert!(logged_out > 0);
}

#[tokio::test]
async fn an_export_that_is_gone_or_another_is_put_right_and_held_from_then_on() {
    let it = Delivered::begun(&[EXPORT, "django:shop:django.json"]).await;
    it.now.fetch_add(DISTRIBUTION + SKEW, Ordering::Relaxed);
    let path = it.path("secrets.json");
    let before = secrets(&path);
    assert!(!it.keeper.turn().await.unwrap().published);
    for spoil in [
        |path: &Path| std::fs::remove_file(path).unwrap(),
        |path: &Path| std::fs::write(path, "[]").unwrap(),
    ] {
        spoil(&path);
        let turn = it.keeper.turn().await.unwrap();
        assert!(turn.mended, "{turn:?}");
        assert_eq!(secrets(&path), before);
        // A program may have started without it: nothing is promoted before that is over.
        let held = it.keeper.report().await.unwrap().outlook.held_from.unwrap();
        let now = it.now.load(Ordering::Relaxed);
        assert_eq!(held.stored(), now + DISTRIBUTION + SKEW);
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[tokio::test]
async fn a_revoked_key_is_in_no_export() {
    let it = Delivered::begun(&[EXPORT]).await;
    let before = secrets(&it.path("secrets.json"));
    let key = it.ring().sealing_key(it.ring().issued_at()).unwrap().id();
    let revoke = move |situation: &crate::plan::Situation<'_>| situation.revoke_keys(&[key]);
    it.keeper.change(&revoke).await.unwrap();
    let after = secrets(&it.path("secrets.json"));
    assert!(!after.contains(&before[0]));
    assert_eq!(after[0], before[1], "the standby seals");
}

#[tokio::test]
async fn an_export_takes_neither_the_rings_place_nor_its_stores_nor_a_links() {
    for name in ["ring.json", "ring.json.keeper"] {
        let it = Delivered::begun(&[]).await;
        let export = format!("any:shop:{name}").parse::<ExportFile>().unwrap();
        let store = FileStore::new(it.path("ring.json")).exports([export]);
        let Stored::Head(head) = store.load().await.unwrap() else {
            panic!("it was begun")
        };
        let refused = store.publish(&head).await;
        let is_named = matches!(
            &refused,
            Err(StoreError::Export {
                error: ExportError::Name,
                ..
            })
        );
        assert!(is_named, "{name}: {refused:?}");
    }
    let it = Delivered::begun(&[EXPORT]).await;
    let path = it.path("secrets.json");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(it.path("elsewhere"), &path).unwrap();
    assert!(it.keeper.turn().await.is_err());
    assert!(!it.path("elsewhere").exists());
}

#[tokio::test]
async fn an_epoch_with_more_keys_than_a_program_takes_is_not_committed_and_a_revocation_is() {
    let it = Delivered::begun(&["auth.js:shop:auth.env"]).await;
    let rotate = |situation: &crate::plan::Situation<'_>| situation.rotate(false);
    for _ in 0..2 {
        it.now.fetch_add(DISTRIBUTION + SKEW, Ordering::Relaxed);
        it.keeper.change(&rotate).await.unwrap();
    }
    let before = it.ring();
    assert_eq!(before.keys().len(), 4);
    it.now.fetch_add(DISTRIBUTION + SKEW, Ordering::Relaxed);
    let refused = it.keeper.change(&rotate).await.unwrap_err();
    assert!(
        refused.to_string().contains("takes at most 4 secrets"),
        "{refused}"
    );
    assert_eq!(it.ring().epoch(), before.epoch(), "nothing was changed");

    // Another program without that limit has let the ring grow.
    let mut all = it.keeper.report().await.unwrap().ring.draft();
    let key = sealjar::Key::generate(sealjar::Suite::Xaes256Gcm).unwrap();
    let at = all.issued_at;
    all.keys
        .push(sealjar::RingKey::standby(key, LIFETIME, all.epoch, at));
    let store = FileStore::new(it.path("ring.json"));
    let Stored::Head(head) = store.load().await.unwrap() else {
        panic!("it was begun")
    };
    all.epoch += 1;
    let grown = crate::plan::Change {
        ring: all.build().unwrap(),
        steps: Vec::new(),
    };
    store.commit(&head.version, &grown).await.unwrap();
    let revoke = |situation: &crate::plan::Situation<'_>| situation.revoke_session([7; 8]);
    let unfinished = it.keeper.change(&revoke).await.unwrap_err();
    assert!(
        unfinished.to_string().contains("at most 4 secrets"),
        "{unfinished}"
    );
    assert!(
        it.ring().revocations().covers_session([7; 8]),
        "the ring is out"
    );
}

#[test]
fn what_a_program_does_not_take_is_refused() {
    let key = || sealjar::Key::generate(sealjar::Suite::Xaes256Gcm).unwrap();
    let mut draft = KeyRing::from(key()).draft();
    let at = draft.issued_at;
    for _ in 0..4 {
        let standby = sealjar::RingKey::standby(key(), 100, draft.epoch, at);
        draft.keys.push(standby);
    }
    let ring = draft.build().unwrap();
    let auth_js = Export::new(Target::AuthJs, "shop").unwrap();
    let refused = auth_js.render(&ring).unwrap_err();
    assert!(
        matches!(
            refused,
            ExportError::TooMany {
                found: 5,
                most: 4,
                ..
            }
        ),
        "{refused}"
    );
    let array = auth_js.format(Format::Json).unwrap().render(&ring).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<String>>(&array).unwrap().len(),
        5
    );
    let rails = Export::new(Target::Rails, "shop").unwrap();
    assert!(matches!(
        rails.format(Format::Env),
        Err(ExportError::Format { .. })
    ));
    assert_eq!(Export::new(Target::Rails, ""), Err(ExportError::App));
    for (text, error) in [
        ("django", ExportError::Spelling),
        ("django:shop", ExportError::Spelling),
        ("php:shop:a", ExportError::UnknownTarget),
        ("django:shop:.a", ExportError::Name),
        ("django:shop:a/b", ExportError::Name),
        ("django::a", ExportError::App),
    ] {
        assert_eq!(text.parse::<ExportFile>(), Err(error), "{text}");
    }
}
