//! Mistake: a former cookie that cannot work.

use sealjar_session::{ConfigError, SessionData};

use super::*;
use crate::support::Note;

fn reason(cookie: LegacyCookie<Account>, since: u32) -> String {
    let (ring, time) = (ring(), Time::starting());
    let built = builder(&ring, &time).also_opens(cookie, at(since)).build();
    let error = built.unwrap_err();
    assert!(format!("{error:?}").contains("hint: give each cookie"));
    error.to_string()
}

#[test]
fn what_cannot_work_is_refused_when_the_jar_is_built() {
    let key = Key::generate();
    let named = |name: &str| LegacyCookie::private(name, key.master(), read);
    for (cookie, since, part) in [
        (named(NAME), SINCE, "is the jar's own cookie"),
        (named(""), SINCE, "must be 1 to 256 letters"),
        (named("a b"), SINCE, "must be 1 to 256 letters"),
        (named("a;b"), SINCE, "must be 1 to 256 letters"),
        (named(OLD), START + SKEW + 1, "must not lie ahead"),
        (named(OLD).scope(None, "app"), SINCE, "must begin with /"),
        (
            named(OLD).scope(Some("a b"), "/"),
            SINCE,
            "must be a host name",
        ),
        (
            LegacyCookie::private(OLD, &key.master()[..63], read),
            SINCE,
            "its key has 63 bytes",
        ),
        (
            LegacyCookie::signed(OLD, b"", read),
            SINCE,
            "its key has 0 bytes",
        ),
    ] {
        let reason = reason(cookie, since);
        assert!(reason.starts_with("also_opens = "), "{reason}");
        assert!(reason.contains(part), "{reason}");
    }
    let (ring, time) = (ring(), Time::starting());
    let written = || private(&key).keep_writing(write);
    let built = builder(&ring, &time)
        .also_opens(written(), at(SINCE))
        .also_opens(written(), at(SINCE))
        .build();
    assert!(
        built
            .unwrap_err()
            .to_string()
            .contains("one cookie at a time")
    );
    let nine = (0..9).fold(builder(&ring, &time), |builder, _| {
        builder.also_opens(private(&key), at(SINCE))
    });
    assert!(nine.build().unwrap_err().to_string().contains("eight"));
}

/// A replica that restarts after the date must start.
#[test]
fn a_date_that_is_long_over_is_no_error() {
    let (ring, time, key) = (ring(), Time::starting(), Key::generate());
    let jar = builder(&ring, &time)
        .also_opens(private(&key), at(0))
        .build()
        .unwrap();
    let header = format!("{OLD}={}", old_value(&key, &account("ada")));
    let session = jar.open([header], FetchMetadata::default());
    assert!(matches!(session.origin(), Origin::Absent { .. }));
}

#[test]
fn two_jars_of_one_process_cannot_share_a_former_cookie() {
    let (ring, time, key) = (ring(), Time::starting(), Key::generate());
    fn plain<T: SessionData>(
        ring: &LiveRing,
        time: &Time,
        name: &str,
    ) -> sealjar_session::JarBuilder<T> {
        Jar::builder(ring, crate::support::APP)
            .clock(time.clock())
            .cookie_name(name)
    }
    let accounts = plain::<Account>(&ring, &time, "__Host-account")
        .also_opens(private(&key), at(SINCE))
        .build()
        .unwrap();
    let notes = || plain::<Note>(&ring, &time, "__Host-note");
    let former = LegacyCookie::private(OLD, key.master(), |text| Some(Note(text.into())));
    for built in [
        notes().also_opens(former, at(SINCE)).build(),
        notes().cookie_name(OLD).build(),
    ] {
        assert!(matches!(
            built.unwrap_err(),
            ConfigError::OneName { cookie_name, .. } if cookie_name == OLD
        ));
    }
    assert!(notes().build().is_ok(), "the control");
    drop(accounts);
}

#[test]
fn the_former_cookie_is_expired_where_it_was_set() {
    let fleet = Move::begin();
    let former = private(&fleet.key).scope(Some("example.org"), "/app");
    let jar = builder(&fleet.ring, &fleet.time)
        .also_opens(former, at(SINCE))
        .build()
        .unwrap();
    let header = fleet.old_header(&account("ada"));
    let session = jar.open([header], FetchMetadata::default());
    _ = session.get();
    let lines = lines(&session);
    let expired = lines
        .iter()
        .find(|line| line.starts_with("login=;"))
        .unwrap();
    for part in ["Max-Age=0", "Domain=example.org", "Path=/app", "Secure"] {
        assert!(expired.contains(part), "{expired}");
    }
}

#[test]
fn a_dashboard_counts_who_still_comes_in_it() {
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};
    let fleet = Move::begin();
    let header = fleet.old_header(&account("ada"));
    for _ in 0..3 {
        _ = fleet.open(&header).get();
    }
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || fleet.jar.record_metrics());
    let snapshot = recorder.snapshotter().snapshot().into_vec();
    let counted = snapshot.into_iter().find_map(|(key, _, _, value)| {
        let key = key.key().clone();
        (key.name() == "sealjar_legacy_cookies_opened_total").then_some((key, value))
    });
    let (key, value) = counted.unwrap();
    assert_eq!(value, DebugValue::Counter(3));
    let labels: Vec<_> = key.labels().map(|it| (it.key(), it.value())).collect();
    assert_eq!(labels, [("cookie", NAME), ("legacy_cookie", OLD)]);
}
