//! Cookies from attackers, and sessions that cannot be sealed.

use http::{HeaderValue, StatusCode, header};

use crate::logs::Logs;
use crate::support::{
    Account, Answer, Browser, DAY, NAME, call, get, jar_named, ring, ring_that_only_opens,
};
use crate::{Options, World, cookie, stored, worlds};

fn ada() -> Account {
    Account {
        name: "ada".into(),
        visits: 1,
    }
}

/// Returns headers that open nothing here, with the kind of each refusal.
fn hostile_headers(world: &World) -> Vec<(&'static str, Vec<u8>)> {
    let jar = jar_named::<Account>(&world.ring, &world.time, NAME);
    let foreign = jar_named::<Account>(&ring(), &world.time, NAME);
    let expired = jar.cookie_for(&ada()).unwrap();
    world.time.pass(2 * DAY);
    let fine = jar.cookie_for(&ada()).unwrap();
    let token = fine.split_once('=').unwrap().1.to_owned();
    let mut flipped = token.clone();
    flipped.replace_range(70..71, if &token[70..71] == "A" { "B" } else { "A" });
    let text = |kind, header: String| (kind, header.into_bytes());
    vec![
        text("malformed", format!("{NAME}=")),
        text("malformed", format!("{NAME}=garbage")),
        text("malformed", format!("{NAME}={token}!")),
        text("malformed", format!("{NAME}={}", "A".repeat(60_000))),
        (
            "malformed",
            [format!("{NAME}=").as_bytes(), &[0xFF; 200]].concat(),
        ),
        (
            "malformed",
            [&[0xFE; 50][..], b"=1; ", NAME.as_bytes(), b"=\xE9\x80"].concat(),
        ),
        text("unknown_version", format!("{NAME}=_{}", &token[1..])),
        text("unknown_key", foreign.cookie_for(&ada()).unwrap()),
        text("forged", format!("{NAME}={flipped}")),
        text("expired", expired),
        text("torn_chunks", format!("{NAME}=9~abcd.x; {NAME}.1=abcd.y")),
        text("torn_chunks", format!("{NAME}=4294967295~abcd.x")),
        text(
            "ambiguous",
            (0..5).map(|n| format!("{NAME}={n}; ")).collect(),
        ),
        text(
            "ambiguous",
            format!("{fine}; {}", jar.cookie_for(&ada()).unwrap()),
        ),
    ]
}

async fn run_with(world: &World, cookies: &[u8], steps: &str) -> Answer {
    let mut request = get(&format!("/?{steps}"));
    let cookies = HeaderValue::from_bytes(cookies).unwrap();
    request.headers_mut().insert(header::COOKIE, cookies);
    call(&world.app, request).await
}

#[tokio::test]
async fn a_cookie_that_does_not_open_is_not_cleared_unasked_and_says_nothing() {
    for always_save in [false, true] {
        let options = Options {
            always_save,
            ..Options::default()
        };
        for mut world in worlds(&options) {
            let rows = hostile_headers(&world);
            for steps in [
                "get:n",
                "remove:n",
                "clear",
                "expire:end",
                "save",
                "load",
                // Like a login that is not completed.
                "cycle",
                "get:n,cycle",
                "cycle,insert:n:1,fail",
                "insert:n:1,cycle,fail",
            ] {
                let without = call(&world.app, get(&format!("/?{steps}"))).await;
                let first = run_with(&world, &rows[0].1, steps).await;
                assert_eq!((first.status, &first.body), (without.status, &without.body));
                assert!(first.cookies().is_empty(), "{}: {steps}", world.version);
                for (kind, cookies) in &rows {
                    let answer = run_with(&world, cookies, steps).await;
                    assert_eq!(
                        answer.bytes(),
                        first.bytes(),
                        "{}: {steps}: {kind}",
                        world.version
                    );
                }
            }
            // A control: a cookie that opens gets another answer.
            world.run("insert:n:1").await;
            assert_eq!(world.run("get:n").await.body, "Some(1)");
        }
    }
    // Another control: tower-sessions' own layer clears the cookie of a session that its store does
    // not know.
    let unknown = format!("{NAME}={}", "A".repeat(22));
    let mut browser = Browser::with(&unknown);
    assert_eq!(
        cookie(&browser.go(&stored(&Options::default()), "/?get:n").await),
        "removed"
    );
}

#[tokio::test]
async fn a_cookie_that_does_not_open_is_flushed_and_written_over_when_it_is_asked_for() {
    for world in worlds(&Options::default()) {
        for (kind, cookies) in hostile_headers(&world) {
            for (steps, wanted) in [
                ("flush", "removed"),
                ("get:n,flush", "removed"),
                ("delete", "removed"),
                ("insert:n:1", "set"),
                ("get:n,cycle,insert:n:1", "set"),
            ] {
                let answer = run_with(&world, &cookies, steps).await;
                assert_eq!(answer.status, StatusCode::OK);
                assert_eq!(
                    cookie(&answer),
                    wanted,
                    "{}: {steps}: {kind}",
                    world.version
                );
            }
        }
    }
}

#[tokio::test]
async fn what_was_written_over_a_cookie_that_did_not_open_is_cleared_like_any_other() {
    for mut world in worlds(&Options::default()) {
        let garbage = format!("{NAME}=garbage");
        let answer = run_with(&world, garbage.as_bytes(), "insert:n:1,save,clear").await;
        world.browser.receive(&answer);
        let answer = world.run("get:n,empty").await;
        assert_eq!(answer.body, "None, false", "{}", world.version);
    }
}

#[tokio::test]
async fn a_session_fits_to_the_last_byte_or_is_refused_by_name() {
    for mut world in worlds(&Options::default()) {
        let (mut fits, mut too_large) = (0, 6000);
        while too_large - fits > 1 {
            let middle = usize::midpoint(fits, too_large);
            match world.run(&format!("fill:{middle}")).await.status {
                StatusCode::OK => fits = middle,
                _ => too_large = middle,
            }
        }
        let (logs, _guard) = Logs::begin();
        assert_eq!(
            world.run(&format!("fill:{fits}")).await.status,
            StatusCode::OK
        );
        assert_eq!(
            world.run("get:fill").await.body.len(),
            "Some()".len() + fits
        );
        assert_eq!(logs.take(), "");

        // The response is 500 whatever the handler says, and the present session stays.
        let answer = world.run(&format!("insert:n:1,fill:{too_large}")).await;
        assert_eq!(
            answer.status,
            StatusCode::INTERNAL_SERVER_ERROR,
            "{}",
            world.version
        );
        assert_eq!((cookie(&answer), &*answer.body), ("kept", ""));
        let told = logs.take();
        assert!(told.contains("could not be saved, answered 500"), "{told}");
        assert!(
            told.contains("the session would take 41") && told.contains("the limit is 4096"),
            "{told}"
        );
        assert!(!told.contains("xxx"), "{told}");
        assert_eq!(world.run("get:n").await.body, "None");

        // A handler that saves itself gets the error, and may react to it.
        let told = world
            .run(&format!("fill:{},save,remove:fill", 2 * too_large))
            .await;
        assert_eq!(told.status, StatusCode::OK);
        assert!(
            told.body.contains("bytes, the limit is 4096, Some(xxx"),
            "{:.200}",
            told.body
        );
    }
}

#[tokio::test]
async fn without_a_key_to_seal_with_sessions_are_read_and_changes_are_refused_by_name() {
    for mut world in worlds(&Options::default()) {
        world.run("insert:n:1").await;
        let stuck = ring_that_only_opens(&world.ring);
        world.app = (world.build)(&stuck, &world.time, &Options::default());
        assert_eq!(world.run("get:n").await.body, "Some(1)");
        let told = world.run("insert:n:2,save").await;
        assert_eq!(told.status, StatusCode::INTERNAL_SERVER_ERROR);
        let (logs, _guard) = Logs::begin();
        world.run("insert:n:2").await;
        let told = logs.take();
        assert!(told.contains("the session cannot be sealed: "), "{told}");
        assert_eq!(
            world.run("flush").await.status,
            StatusCode::OK,
            "{}",
            world.version
        );
        assert!(
            world.browser.header().contains(".out="),
            "which needs no key"
        );
    }
}
