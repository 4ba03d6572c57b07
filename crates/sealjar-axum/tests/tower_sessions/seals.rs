//! Does a jar do for these sessions what it does for all others?

use sealjar_axum::{Origin, Session, Timestamp};

use crate::logs::Logs;
use crate::support::{APP, Account, DAY, NAME, START, app, call, get_with, jar_named};
use crate::{Options, cookie, worlds};

#[tokio::test]
async fn cycle_id_renews_the_sealed_session() {
    for mut world in worlds(&Options::default()) {
        world.run("insert:n:1").await;
        let before = world.contents();
        let answer = world.run("cycle").await;
        let after = world.contents();
        assert_ne!(after.session_id(), before.session_id(), "{}", world.version);
        assert_eq!(after.revision(), 0);
        assert_eq!(answer.cookies().len(), 1, "it is no logout");
    }
}

#[tokio::test]
async fn cycle_id_does_not_prolong_a_life_unless_the_subject_names_another() {
    for subject in [None, Some("/user")] {
        let options = Options {
            subject,
            ..Options::default()
        };
        for mut world in worlds(&options) {
            world.run("insert:user:ada").await;
            let before = world.contents();
            world.time.pass(100);
            world.run("cycle").await;
            assert_ne!(world.contents().session_id(), before.session_id());
            assert_eq!(world.contents().born(), before.born(), "{}", world.version);
            world.run("cycle,insert:user:bob").await;
            let wanted = match subject {
                None => before.born(),
                Some(_) => Timestamp::from_stored(START + 100),
            };
            assert_eq!(world.contents().born(), wanted, "{}", world.version);
        }
    }
}

#[tokio::test]
async fn a_change_of_subject_renews_even_if_nobody_thought_of_cycle_id() {
    for (subject, renews) in [(Some("/user"), true), (None, false)] {
        for mut world in worlds(&Options {
            subject,
            ..Options::default()
        }) {
            world.run("insert:n:1").await;
            let before = world.contents();
            world.run("insert:user:ada").await;
            let renewed = world.contents().session_id() != before.session_id();
            assert_eq!(renewed, renews, "{}", world.version);
        }
    }
}

#[tokio::test]
async fn flush_ends_the_session_for_good() {
    for mut world in worlds(&Options::default()) {
        world.run("insert:n:1").await;
        let kept = world.browser.clone();
        let answer = world.run("flush").await;
        assert!(answer.cookies()[0].starts_with(&format!("{NAME}=; ")));
        assert!(answer.cookies()[1].starts_with(&format!("{NAME}.out=")));
        // A slower response sets the old cookie again: the mark beside it says that it has ended.
        world.browser.0.extend(kept.0);
        assert_eq!(world.run("get:n").await.body, "None", "{}", world.version);
    }
}

#[tokio::test]
async fn what_was_flushed_is_marked_as_over_whatever_begins_after_it() {
    for (steps, ends) in [
        ("flush", true),
        ("flush,insert:n:2", true),
        ("get:n,flush,insert:n:2,save", true),
        ("flush,cycle,insert:n:2", true),
        ("delete,save", true),
        ("delete,load,insert:n:2", true),
        ("expire:at=0,save", true),
        ("expire:idle=0,save", true),
        ("cycle", false),
        ("cycle,cycle,save", false),
        ("clear", false),
    ] {
        for mut world in worlds(&Options::default()) {
            world.run("insert:n:1").await;
            world.run(steps).await;
            let marked = world.browser.header().contains(".out=");
            assert_eq!(marked, ends, "{}: {steps}", world.version);
        }
    }
}

#[tokio::test]
async fn what_was_saved_and_then_deleted_does_not_come_back_to_take_its_end() {
    for expiry in ["", "end", "idle=600"] {
        let options = Options {
            expiry,
            ..Options::default()
        };
        for mut world in worlds(&options) {
            for steps in ["save,delete,load", "save,flush,cycle", "save,flush"] {
                world.run("insert:n:1").await;
                let answer = world.run(steps).await;
                let about = format!("{}: {expiry}: {steps}", world.version);
                assert_eq!(cookie(&answer), "removed", "{about}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_handler_saves_itself_is_sent_even_if_nothing_has_changed() {
    for expiry in ["", "end", "idle=600", "at=4000000000"] {
        let options = Options {
            expiry,
            ..Options::default()
        };
        for mut world in worlds(&options) {
            world.run("insert:n:1").await;
            let before = world.browser.header();
            for _ in 0..2 {
                let answer = world.run("save").await;
                assert_eq!(cookie(&answer), "set", "{}: {expiry}", world.version);
            }
            assert_ne!(world.browser.header(), before);
            assert_eq!(world.run("get:n").await.body, "Some(1)");
        }
    }
}

#[tokio::test]
async fn a_person_is_logged_out_everywhere() {
    for (subject, wanted) in [(Some("/user"), "None"), (None, "Some(ada)")] {
        for mut world in worlds(&Options {
            subject,
            ..Options::default()
        }) {
            world.run("insert:user:ada").await;
            assert_eq!(world.run("get:user").await.body, "Some(ada)");
            let mut draft = world.ring.load().draft();
            let now = Timestamp::from_stored(START + 1);
            draft.revocations.revoke_subject(APP, "ada", now).unwrap();
            draft.epoch += 1;
            world.ring.replace(draft.build().unwrap()).unwrap();
            let (logs, guard) = Logs::begin();
            for _ in 0..2 {
                let told = world.run("get:user").await;
                assert_eq!(told.body, wanted, "{}", world.version);
            }
            drop(guard);
            let told = logs.take();
            let warned = told
                .matches("say SessionManagerLayer::with_subject")
                .count();
            assert_eq!(warned, usize::from(subject.is_none()), "{told}");
            world.time.pass(1);
            world.run("flush,insert:user:ada").await;
            assert_eq!(
                world.run("get:user").await.body,
                "Some(ada)",
                "who comes back is let in"
            );
        }
    }
}

#[tokio::test]
async fn a_handler_that_does_not_touch_its_session_says_nothing_of_it() {
    for mut world in worlds(&Options::default()) {
        world.run("insert:n:1").await;
        world.time.pass(DAY / 2);
        for path in ["/untouched", "/id"] {
            let answer = world.go(path).await;
            for name in ["set-cookie", "vary", "cache-control"] {
                assert!(
                    answer.all(name).is_empty(),
                    "{}: {path}: {name}",
                    world.version
                );
            }
        }
        let read = world.run("get:n").await;
        assert_eq!(cookie(&read), "set", "which is due");
        assert_eq!(read.all("vary"), ["Cookie"]);
        assert_eq!(read.all("cache-control"), ["no-store"]);
        assert_eq!(world.run("get:n").await.all("cache-control"), ["private"]);
    }
}

#[tokio::test]
async fn the_id_is_there_before_anything_is_read_and_stays() {
    for mut world in worlds(&Options::default()) {
        assert_eq!(world.go("/id").await.body, "no id");
        world.run("insert:n:1").await;
        let id = world.go("/id").await.body;
        assert_eq!(id.len(), "id ".len() + 22);
        world.run("insert:n:2").await;
        for _ in 0..3 {
            world.time.pass(DAY / 2);
            assert_eq!(world.run("get:n").await.body, "Some(2)");
            assert_eq!(world.go("/id").await.body, id, "{}", world.version);
        }
    }
}

#[tokio::test]
async fn every_replica_opens_what_one_has_sealed_and_so_does_the_other_version() {
    let [mut older, newer] = worlds(&Options::default());
    older.run("insert:n:1").await;
    let apps =
        [older.build, newer.build].map(|it| it(&older.ring, &older.time, &Options::default()));
    let id = older.go("/id").await.body;
    for app in apps {
        older.app = app;
        assert_eq!(older.run("get:n").await.body, "Some(1)");
        assert_eq!(older.go("/id").await.body, id);
    }
}

#[tokio::test]
async fn a_session_in_several_cookies_grows_and_shrinks() {
    let options = Options {
        max_size: Some(12_288),
        ..Options::default()
    };
    for mut world in worlds(&options) {
        let answer = world.run("fill:6000").await;
        assert!(answer.cookies().len() > 1, "{}", world.version);
        assert!(world.run("get:fill").await.body.len() > 6000);
        world.run("fill:10").await;
        assert_eq!(world.browser.0.len(), 1, "{:?}", world.browser.header());
        assert_eq!(world.run("get:fill").await.body, "Some(xxxxxxxxxx)");
    }
}

#[tokio::test]
async fn a_typed_session_under_the_same_cookie_is_told_apart() {
    for mut world in worlds(&Options::default()) {
        world.run("insert:n:1").await;
        let jar = jar_named(&world.ring, &world.time, NAME);
        let why = app(&jar, async |session: Session<Account>| {
            match session.origin() {
                Origin::Refused(refusal) => refusal.kind().as_str(),
                _ => "not refused",
            }
        });
        let answer = call(&why, get_with(world.browser.header())).await;
        assert_eq!(answer.body, "newer_schema", "{}", world.version);
    }
}
