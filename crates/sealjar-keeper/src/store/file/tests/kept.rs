//! Which earlier epochs are kept, and does any secret outlive its key?

use crate::fixture::{Fixture, secret_of};
use crate::store::Stored;
use crate::store::file::lock::lock;

#[tokio::test]
async fn earlier_epochs_are_kept_and_no_more_than_eight() {
    let it = Fixture::begun().await;
    let mut epochs = vec![it.head().epoch()];
    for session in 0..12 {
        epochs.push(it.revoke_session(session).await.ring.epoch());
    }
    let head = epochs.pop().unwrap();
    assert_eq!(it.head().epoch(), head);
    assert_eq!(
        it.kept_epochs(),
        epochs[4..],
        "keys that all still live stay"
    );
}

#[tokio::test]
async fn the_secret_of_a_revoked_key_is_in_no_file_of_the_store() {
    let it = Fixture::rotated().await;
    it.revoke_session(1).await;
    let ring = it.head();
    let [leaked, living] = [0, 1].map(|at| ring.keys()[at].id());
    for key in [leaked, living] {
        let files = holding(&it, &secret_of(&ring, key));
        assert_eq!(files, 4, "head, document and two kept epochs");
    }
    it.revoke_key(leaked).await.unwrap();
    assert_eq!(holding(&it, &secret_of(&ring, leaked)), 0);
    assert_eq!(
        holding(&it, &secret_of(&ring, living)),
        2,
        "head and document"
    );
    assert_eq!(it.kept_epochs(), [] as [u64; 0]);
}

#[tokio::test]
async fn a_kept_epoch_goes_when_its_first_key_is_spent_and_its_secret_when_it_is_dropped() {
    let it = Fixture::rotated().await;
    let old = it.head().keys()[0].id();
    let secret = secret_of(&it.head(), old);
    it.pass(70);
    it.keeper.turn().await.unwrap();
    let opens_until = it.head().keys()[0].opens_until.unwrap();

    it.pass(opens_until.seconds_since(it.now()) - 1);
    it.keeper.turn().await.unwrap();
    assert_eq!(it.kept_epochs().len(), 2, "it opens for a second yet");
    it.pass(1);
    it.keeper.turn().await.unwrap();
    assert_eq!(it.kept_epochs(), [] as [u64; 0]);
    assert_eq!(holding(&it, &secret), 2, "a slow clock still opens with it");
    it.pass(11);
    it.keeper.turn().await.unwrap();
    assert_eq!(holding(&it, &secret), 0);
}

#[tokio::test]
async fn what_a_writer_has_left_among_the_kept_epochs_goes_and_nothing_that_somebody_else_has_put_there()
 {
    let it = Fixture::begun().await;
    it.revoke_session(1).await;
    let whole = std::fs::read(it.document()).unwrap();
    let in_kept = |name| it.store_file("kept").join(name);
    let [torn, garbage] = ["77.json.tmp", "3.json"].map(in_kept);
    std::fs::write(&torn, &whole).unwrap();
    std::fs::write(&garbage, "garbage").unwrap();
    let foreign = [
        "copy of 5.json",
        "007.json",
        "+7.json",
        "x.json.tmp",
        "7.json~",
        "notes",
    ];
    let foreign = foreign.map(in_kept);
    for path in &foreign {
        std::fs::write(path, &whole).unwrap();
    }
    let elsewhere = it.directory.path().join("elsewhere");
    std::fs::write(&elsewhere, &whole).unwrap();
    std::os::unix::fs::symlink(&elsewhere, in_kept("4.json")).unwrap();
    std::fs::create_dir(in_kept("5.json")).unwrap();
    let left = [torn.clone(), it.store_file("ring.json.tmp")];
    std::fs::write(&left[1], &whole).unwrap();

    // A writer holds the lock, so nothing is removed under it.
    let tidying = {
        let opened = it.keeper.store().open().unwrap();
        let _lock = lock(&opened).await.unwrap();
        let another = it.another_keeper();
        let tidying = std::thread::spawn(move || {
            let turn = tokio::runtime::Runtime::new()
                .unwrap()
                .block_on(another.turn());
            turn.map(|_| ()).unwrap();
        });
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(left.iter().all(|it| it.exists()));
        tidying
    };
    tidying.join().unwrap();
    assert!(!garbage.exists() && !left.iter().any(|it| it.exists()));
    for path in foreign
        .iter()
        .chain([&elsewhere, &in_kept("4.json"), &in_kept("5.json")])
    {
        assert!(path.symlink_metadata().is_ok(), "{path:?}");
    }
    // The epoch that was kept stays.
    let kept = std::fs::read_dir(it.store_file("kept")).unwrap().count();
    assert_eq!(kept, foreign.len() + 3);
}

#[tokio::test]
async fn a_keeper_that_is_behind_removes_nothing_that_another_has_kept() {
    let it = Fixture::begun().await;
    let store = it.keeper.store();
    let Stored::Head(behind) = store.load_now().unwrap() else {
        panic!("it has just begun")
    };
    it.pass(1000);
    it.keeper.turn().await.unwrap();
    it.revoke_session(1).await;
    let kept = it.kept_epochs();
    store.prune_now(&behind, &|_| false).await.unwrap();
    assert_eq!(it.kept_epochs(), kept);
    // The same question over the head itself takes them.
    let Stored::Head(head) = store.load_now().unwrap() else {
        panic!("it is whole")
    };
    store.prune_now(&head, &|_| false).await.unwrap();
    assert_eq!(it.kept_epochs(), [] as [u64; 0]);
}

#[tokio::test]
async fn a_kept_epoch_that_is_replaced_by_hand_is_read_again() {
    let it = Fixture::begun().await;
    it.revoke_session(1).await;
    it.keeper.turn().await.unwrap();
    assert_eq!(it.kept_epochs().len(), 1);
    let stranger = Fixture::begun().await;
    let kept = it
        .store_file("kept")
        .join(format!("{}.json", it.kept_epochs()[0]));
    std::fs::copy(stranger.document(), kept).unwrap();
    it.keeper.turn().await.unwrap();
    assert_eq!(it.kept_epochs(), [] as [u64; 0], "its keys live nowhere");
}

/// How many files hold a text.
fn holding(it: &Fixture, text: &str) -> usize {
    let files = it.files().into_iter();
    files
        .filter(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains(text))
        .count()
}
