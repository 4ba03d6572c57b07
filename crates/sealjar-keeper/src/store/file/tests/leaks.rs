//! Does anything that is shown hold a secret?

use crate::fixture::{Fixture, secret_of};
use crate::plan::{Sessions, Situation};
use crate::store::RingStore;

#[tokio::test]
async fn debug_does_not_leak_key() {
    let it = Fixture::begun().await;
    let store = it.keeper.store();
    it.pass(1000);
    let turn = it.keeper.turn().await.unwrap();
    let ring = it.head();
    let decide = |situation: &Situation<'_>| {
        let shown = format!("{situation:?}");
        assert!(
            shown.contains("publishing") && !shown.contains("sealjar-key"),
            "{shown}"
        );
        situation.revoke_keys(&[ring.keys()[0].id()])
    };
    let preview = it.keeper.preview(&decide);
    let mut shown = vec![
        format!("{:?}", it.keeper),
        format!("{:?}", store.load().await.unwrap()),
        format!("{turn:?}"),
        format!("{:?}", preview.await.unwrap()),
        format!("{:?}", it.keeper.report().await.unwrap()),
        format!(
            "{:?}",
            it.keeper
                .preview_restore(&ring, Sessions::End)
                .await
                .unwrap()
        ),
    ];
    // A secret that was pasted where it does not belong.
    let text = ring.to_json().replace("\"lifetime\": ", "\"lifetime\": 1");
    std::fs::write(it.store_file("head.json"), &text[..text.len() / 2]).unwrap();
    let damaged = it.keeper.turn().await.unwrap_err();
    shown.push(format!(
        "{damaged:?} {damaged} {:?}",
        store.load().await.unwrap()
    ));

    let pepper = &text[text.find("\"pepper\": \"").unwrap() + 11..][..43];
    let keys = ring.keys().iter().map(|key| secret_of(&ring, key.id()));
    let secrets: Vec<String> = keys.chain([pepper.to_owned()]).collect();
    assert_eq!(secrets.len(), 4);
    for shown in shown {
        for secret in &secrets {
            let bare = secret.trim_start_matches("sealjar-key-1_");
            assert!(!shown.contains(&bare[..8]), "{shown}");
        }
    }
}
