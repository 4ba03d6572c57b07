//! How long do sessions live? The test sets the clock.

use sealjar_axum::Timestamp;

use crate::support::{DAY, START};
use crate::{Options, cookie, max_age, worlds};

#[tokio::test]
async fn a_visitor_who_comes_often_enough_is_not_inactive() {
    let options = Options {
        expiry: "idle=400",
        ..Options::default()
    };
    for mut world in worlds(&options) {
        world.run("insert:n:1").await;
        let mut sealed = 0;
        for visit in 0..60 {
            world.time.pass(50);
            let answer = world.run("get:n").await;
            assert_eq!(answer.body, "Some(1)", "{}: visit {visit}", world.version);
            sealed += u32::from(cookie(&answer) == "set");
        }
        assert_eq!(
            sealed, 30,
            "a quarter of the time has to pass, and does at each second visit"
        );
        world.time.pass(400);
        assert_eq!(world.run("get:n").await.body, "None");
    }
}

#[tokio::test]
async fn requests_in_the_background_are_activity_when_every_request_is_to_save() {
    for (always_save, wanted) in [(false, "None"), (true, "Some(1)")] {
        for path in ["/?get:n", "/untouched"] {
            let options = Options {
                expiry: "idle=400",
                always_save,
                ..Options::default()
            };
            for mut world in worlds(&options) {
                world.run("insert:n:1").await;
                for _ in 0..10 {
                    world.time.pass(101);
                    world.in_the_background(path).await;
                }
                let answer = world.run("get:n").await;
                assert_eq!(answer.body, wanted, "{}: {path}", world.version);
            }
        }
    }
}

#[tokio::test]
async fn what_is_fetched_ahead_of_time_is_no_activity_even_when_every_request_is_to_save() {
    let options = Options {
        expiry: "idle=400",
        always_save: true,
        ..Options::default()
    };
    for mut world in worlds(&options) {
        world.run("insert:n:1").await;
        world.time.pass(399);
        let answer = world.ahead_of_time("/?get:n").await;
        assert_eq!((&*answer.body, cookie(&answer)), ("Some(1)", "kept"));
        // A handler that writes does extend it.
        let answer = world.ahead_of_time("/?insert:m:1").await;
        assert_eq!(cookie(&answer), "set", "{}", world.version);
    }
}

#[tokio::test]
async fn always_save_gives_no_cookie_to_who_has_no_session() {
    let options = Options {
        always_save: true,
        ..Options::default()
    };
    for mut world in worlds(&options) {
        for path in ["/untouched", "/?get:n", "/?remove:n"] {
            assert!(
                world.go(path).await.cookies().is_empty(),
                "{}",
                world.version
            );
        }
    }
}

#[tokio::test]
async fn a_session_is_over_at_the_time_that_was_set_however_much_it_is_used() {
    let end = START + 2 * DAY + 600;
    let unix = Timestamp::from_stored(end).unix();
    for mut world in worlds(&Options::default()) {
        world.run(&format!("insert:n:1,expire:at={unix}")).await;
        for _ in 0..48 {
            world.time.pass(3600);
            assert_eq!(world.run("get:n").await.body, "Some(1)");
        }
        world.time.pass(599);
        let answer = world.run("get:n").await;
        assert_eq!((&*answer.body, cookie(&answer)), ("Some(1)", "kept"));
        world.time.pass(1);
        let answer = world.run("get:n").await;
        assert_eq!(
            (&*answer.body, cookie(&answer)),
            ("None", "kept"),
            "{}",
            world.version
        );
    }
}

#[tokio::test]
async fn the_browser_and_the_seal_say_how_long_the_session_lives() {
    let at = |seconds| {
        format!(
            "insert:n:1,expire:at={}",
            Timestamp::from_stored(seconds).unix()
        )
    };
    // The time in the browser's cookie, and the sealed one.
    for (steps, told, sealed) in [
        // The jar's default.
        ("insert:n:1".into(), Some(DAY), DAY),
        ("insert:n:1,expire:none".into(), Some(DAY), DAY),
        ("insert:n:1,expire:end".into(), None, DAY),
        ("insert:n:1,expire:idle=600".into(), Some(600), 600),
        (at(START + 900), Some(900), 900),
        // More than the jar allows.
        ("insert:n:1,expire:idle=2592000".into(), Some(DAY), DAY),
        (at(START + 30 * DAY), Some(DAY), DAY),
        ("insert:n:1,expire:at=253402300799".into(), Some(DAY), DAY),
        // What a handler saves itself gets the expiry that is set afterwards.
        ("insert:n:1,save,expire:end".into(), None, DAY),
        (
            "insert:n:1,expire:idle=600,save,fail".into(),
            Some(600),
            600,
        ),
    ] {
        for mut world in worlds(&Options::default()) {
            let answer = world.run(&steps).await;
            let line = answer.cookies()[0];
            let about = format!("{}: {steps}", world.version);
            assert_eq!(max_age(line), told.map(i64::from), "{about}");
            let ends = world.contents().expires_at().stored();
            assert_eq!(ends, START + sealed, "{about}");
        }
    }
}

#[tokio::test]
async fn a_handler_says_otherwise_than_the_layer_until_the_next_save() {
    let options = Options {
        expiry: "end",
        ..Options::default()
    };
    for mut world in worlds(&options) {
        for (steps, wanted) in [
            ("insert:n:1", None),
            ("expire:idle=600", Some(600)),
            ("expiry", None),
            ("insert:n:2", None),
        ] {
            let answer = world.run(steps).await;
            let line = answer.cookies().first().and_then(|line| max_age(line));
            assert_eq!(line, wanted, "{}: {steps}", world.version);
        }
    }
}
