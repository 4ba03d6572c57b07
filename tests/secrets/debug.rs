//! Does `Debug` of anything that contains a ring or a key show a secret?

use std::fmt::Debug;
use std::time::Duration;

use sealjar::__hazmat::{Blob, SESSION, StoreKey, library_sealer};
use sealjar::keeper::RingDraft;
use sealjar::{Context, Key, KeyRing, LiveRing, RingKey, Suite, Timestamp};
use sealjar_axum::SessionLayer;
use sealjar_keeper::Keeper;
use sealjar_keeper::policy::PolicySettings;
use sealjar_keeper::store::FileStore;
use sealjar_session::{FetchMetadata, Jar, SessionData};
use sealjar_source::{FileSource, Follower, Watcher};
use serde::{Deserialize, Serialize};

use crate::heard::Heard;
use crate::needles::Secrets;

#[tokio::test]
async fn debug_does_not_leak_key() {
    let now = Timestamp::now().unwrap();
    let mut key = RingKey::standby(Key::generate(Suite::Xaes256Gcm).unwrap(), 3600, 0, now);
    key.seals_from = Some(now);
    let draft = RingDraft {
        issued_at: now,
        keys: vec![key],
        ..RingDraft::named("web", 1).unwrap()
    };
    let mut secrets = Secrets::default();
    let mut heard = Heard::default();
    heard.shows("a draft", &draft);
    heard.shows("a key of a ring", &draft.keys[0]);
    heard.shows("revocations", &draft.revocations);
    let ring = draft.build().unwrap();
    let document = ring.to_json();
    secrets.learn(document.as_bytes(), &[("shop", SESSION)]);
    heard.shows("a ring", &ring);

    let (store_key, master) = StoreKey::generate().unwrap();
    secrets.add("a store key", &*master);
    let blob = store_key.seal(&ring, [0; 32]).unwrap();
    heard.shows("a store key", &store_key);
    heard.shows("a blob", &Blob::parse(&blob).unwrap());
    heard.shows(
        "a blob that is refused",
        &store_key.open(&Blob::parse(&blob).unwrap(), "other", 1),
    );

    let live = LiveRing::new(ring);
    let sealer = library_sealer(&live, Context::new("shop", SESSION)).unwrap();
    let token = sealer.seal(b"payload", Duration::from_secs(60)).unwrap();
    heard.shows("a token", &token);
    heard.shows("what was opened", &sealer.open_token(&token));
    heard.shows("a live ring", &live);
    heard.shows("a sealer that has derived its keys", &sealer);
    heard.shows("its uses", &sealer.uses());

    let builder = Jar::<Name>::builder(&live, "shop");
    heard.shows("a jar's builder", &builder);
    let jar = builder.build().unwrap();
    let session = jar.open(
        [jar.cookie_for(&Name("ada".into())).unwrap()],
        FetchMetadata::default(),
    );
    assert_eq!(session.get().0, "ada");
    heard.shows("a session", &session);
    heard.shows("a jar that has opened one", &jar);
    heard.shows("a layer", &SessionLayer::new(jar));

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ring.json");
    std::fs::write(&path, document.as_bytes()).unwrap();
    let again = || KeyRing::from_json(document.as_bytes()).unwrap();
    heard.shows(
        "a follower",
        &Follower::new("here", again(), Duration::ZERO),
    );
    heard.shows("a file", &FileSource::new(&path));
    let watcher = Watcher::start(FileSource::new(&path)).await.unwrap();
    heard.shows("a watcher", &watcher);
    let store = FileStore::new(directory.path().join("store.json"));
    heard.shows("a store", &store);
    let keeper = Keeper::new(store, PolicySettings::default());
    heard.shows(
        "what a keeper did",
        &keeper
            .restore(&again(), sealjar_keeper::plan::Sessions::Keep)
            .await,
    );
    heard.shows("a turn", &keeper.turn().await);
    heard.shows("a keeper", &keeper);
    assert_eq!(heard.shown(&secrets), Vec::<String>::new());

    // The negative control: what a derived `Debug` would show.
    heard.shows("a type that derives it", &(document.as_str(), [1]));
    heard.shows("bytes", &*master);
    assert_eq!(heard.shown(&secrets).len(), 2 + 2);
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Name(String);

impl SessionData for Name {}

impl Heard {
    fn shows(&mut self, what: &str, value: &dyn Debug) {
        self.note(what, format!("{value:?}"));
        self.note(format!("{what}, at length"), format!("{value:#?}"));
    }
}
