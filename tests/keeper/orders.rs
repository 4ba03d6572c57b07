//! Does an operator's order reach every replica, and a signal every keeper?

use std::time::{Duration, Instant};

use sealjar_tests::programs::ask;
use sealjar_tests::visitor::Visitor;

use crate::site::{REPLICAS, Site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_a_person_out_everywhere_is_one_command_and_takes_effect_when_the_ring_arrives() {
    let site = Site::start();
    let mut visitor = Visitor::at(site.origin());
    visitor.log_in().await;
    assert_eq!(visitor.look().await, Some(true));

    let told = ask(
        &site.store(),
        &["revoke", "--subject", "bob", "--app", "shop"],
    );
    assert!(told.status.success(), "{told:?}");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(visitor.look().await, Some(true), "somebody else");

    let told = ask(
        &site.store(),
        &["revoke", "--subject", "ada", "--app", "shop"],
    );
    assert!(told.status.success(), "{told:?}");
    await_logout(&mut visitor).await;
    // The order does not apply to sessions that begin a skew later.
    tokio::time::sleep(Duration::from_secs(3)).await;
    visitor.log_in().await;
    for _ in 0..REPLICAS {
        assert_eq!(visitor.look().await, Some(true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoking_the_sealing_key_logs_out_who_has_a_session_under_it_and_nobody_after() {
    let site = Site::start();
    let mut visitor = Visitor::at(site.origin());
    visitor.log_in().await;
    let now = sealjar::Timestamp::now().unwrap();
    let sealing = site.ring().sealing_key(now).unwrap().id().to_string();

    let asked = ask(&site.store(), &["revoke", &sealing]);
    assert_eq!(asked.status.code(), Some(3), "it asks for --yes: {asked:?}");
    assert_eq!(visitor.look().await, Some(true), "nothing was changed");
    let told = ask(&site.store(), &["revoke", "--yes", &sealing]);
    assert!(told.status.success(), "{told:?}");
    await_logout(&mut visitor).await;

    // The standby was already everywhere: it seals at once, and every replica opens it.
    visitor.log_in().await;
    for _ in 0..2 * REPLICAS {
        assert_eq!(visitor.look().await, Some(true));
    }
}

#[test]
fn a_keeper_ends_at_sigterm_turns_at_sighup_and_shows_how_it_is() {
    let site = Site::start();
    let mut keeper = site.keeper();
    let get = |path: &str| {
        let url = format!("http://{}{path}", keeper.address);
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let answer = client.get(url).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        })
    };
    let patience = Instant::now() + Duration::from_secs(20);
    while !get("/healthz").1.starts_with("ok, epoch ") {
        assert!(Instant::now() < patience);
    }
    let metrics = get("/metrics").1;
    for line in [
        "sealjar_ring_keys{phase=\"sealing\"} 1",
        "sealjar_ring_rotation_overdue 0",
        "sealjar_keeper_failing 0",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }

    // A missing store is reported as a failure, and the failure ends when the store is back.
    let away = site.store().with_extension("away");
    let head = site.store().with_extension("json.keeper").join("head.json");
    std::fs::rename(&head, &away).unwrap();
    keeper.process.signal("-HUP");
    let patience = Instant::now() + Duration::from_secs(20);
    while get("/healthz").0 != 503 {
        assert!(Instant::now() < patience);
    }
    assert!(get("/healthz").1.contains("hint: "));
    assert!(get("/metrics").1.contains("sealjar_keeper_failing 1"));
    std::fs::rename(&away, &head).unwrap();
    keeper.process.signal("-HUP");
    while get("/healthz").0 != 200 {
        assert!(Instant::now() < patience);
    }

    keeper.process.signal("-TERM");
    assert_eq!(keeper.process.ended(), Some(0));
}

/// Waits until no replica knows the visitor any more.
async fn await_logout(visitor: &mut Visitor) {
    let patience = Instant::now() + Duration::from_secs(20);
    let mut strangers = 0;
    while strangers < 2 * REPLICAS {
        assert!(Instant::now() < patience, "the visitor is still known");
        match visitor.look().await {
            Some(true) => strangers = 0,
            Some(false) => strangers += 1,
            None => {}
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
