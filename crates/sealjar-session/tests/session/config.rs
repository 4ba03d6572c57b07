//! Configurations that cannot work are refused when the jar is built, with setting, value and reason.

use std::time::Duration;

use sealjar::{Revocations, Sealer};
use sealjar_session::{ConfigError, Jar, JarBuilder, SameSite};

use crate::support::{
    APP, Account, Forger, Note, START, Time, builder, draft, lines, open, refusal, ring,
    sealing_since,
};

type Set = fn(JarBuilder<Account>) -> JarBuilder<Account>;

fn refused(set: Set) -> (&'static str, String, String) {
    match set(builder(&ring(), &Time::starting())).build() {
        Err(ConfigError::Impossible {
            setting,
            value,
            reason,
        }) => (setting, value, reason),
        Err(other) => panic!("{other}"),
        Ok(jar) => panic!("built {jar:?}"),
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn every_impossible_setting_names_itself_its_value_and_why() {
    let rows: [(Set, &str, &str, &str); 36] = [
        (
            |it| it.cookie_name(""),
            "cookie_name",
            "\"\"",
            "1 to 256 letters",
        ),
        (
            |it| it.cookie_name("n".repeat(257)),
            "cookie_name",
            "nnnn",
            "1 to 256",
        ),
        (
            |it| it.cookie_name("a b"),
            "cookie_name",
            "\"a b\"",
            "letters, digits",
        ),
        (
            |it| it.cookie_name("a;b"),
            "cookie_name",
            "\"a;b\"",
            "letters, digits",
        ),
        (
            |it| it.cookie_name("a=b"),
            "cookie_name",
            "\"a=b\"",
            "letters, digits",
        ),
        (
            |it| it.cookie_name("session.out"),
            "cookie_name",
            "\"session.out\"",
            "a session in several cookies uses these",
        ),
        (
            |it| it.cookie_name("session.1"),
            "cookie_name",
            "\"session.1\"",
            "a session in several cookies uses these",
        ),
        (
            |it| it.cookie_name("a\r\nb"),
            "cookie_name",
            "\"a\\r\\nb\"",
            "letters, digits",
        ),
        (
            |it| it.cookie_name("s\u{e9}ance"),
            "cookie_name",
            "s\u{e9}ance",
            "letters, digits",
        ),
        (|it| it.path(""), "path", "\"\"", "must begin with /"),
        (|it| it.path("app"), "path", "\"app\"", "must begin with /"),
        (|it| it.path("/a;b"), "path", "\"/a;b\"", "neither ;"),
        (|it| it.path("/a\nb"), "path", "\"/a\\nb\"", "control"),
        (|it| it.path("/app"), "path", "\"/app\"", "__Secure-session"),
        (
            |it| it.domain("example.org"),
            "domain",
            "\"example.org\"",
            "__Secure-session",
        ),
        (
            |it| it.cookie_name("s").domain(""),
            "domain",
            "\"\"",
            "host name",
        ),
        (
            |it| it.cookie_name("s").domain("a b"),
            "domain",
            "\"a b\"",
            "host name",
        ),
        (
            |it| it.cookie_name("s").domain("a;Path=/"),
            "domain",
            "\"a;Path=/\"",
            "host name",
        ),
        (
            |it| it.cookie_name("__host-x").path("/a"),
            "path",
            "\"/a\"",
            "__host-x",
        ),
        (
            |it| it.cookie_name("__Host-x").allow_insecure_http(true),
            "cookie_name",
            "\"__Host-x\"",
            "https only",
        ),
        (
            |it| it.cookie_name("__Secure-x").allow_insecure_http(true),
            "cookie_name",
            "\"__Secure-x\"",
            "https only",
        ),
        (
            |it| it.cookie_name("__HTTP-x").allow_insecure_http(true),
            "cookie_name",
            "\"__HTTP-x\"",
            "https only",
        ),
        (
            |it| it.allow_insecure_http(true).same_site(SameSite::None),
            "allow_insecure_http",
            "true",
            "with Secure only",
        ),
        (
            |it| it.allow_insecure_http(true).partitioned(true),
            "allow_insecure_http",
            "true",
            "with Secure only",
        ),
        (
            |it| it.idle_timeout(seconds(0)),
            "idle_timeout",
            "0 s",
            "at least 1 s",
        ),
        (
            |it| it.idle_timeout(Duration::from_millis(999)),
            "idle_timeout",
            "0 s",
            "at least 1 s",
        ),
        (
            |it| it.idle_timeout(seconds(86_401)),
            "idle_timeout",
            "86401 s",
            "86400 s that the ring's key allows",
        ),
        (
            |it| it.idle_timeout(seconds(u64::MAX)),
            "idle_timeout",
            "4294967295 s",
            "the ring's key allows",
        ),
        (
            |it| it.lifetime(seconds(100)).idle_timeout(seconds(101)),
            "idle_timeout",
            "101 s",
            "longer than the lifetime of 100 s",
        ),
        (
            |it| it.lifetime(seconds(0)),
            "lifetime",
            "0 s",
            "at least 1 s",
        ),
        (
            |it| it.lifetime(seconds(604_801)),
            "lifetime",
            "604801 s",
            "horizon of 604800 s",
        ),
        (
            |it| it.refresh_after(seconds(0)),
            "refresh_after",
            "0 s",
            "at least 1 s",
        ),
        (
            |it| it.refresh_after(seconds(86_400)),
            "refresh_after",
            "86400 s",
            "less than the idle timeout",
        ),
        (
            |it| it.max_size(12_289),
            "max_size",
            "12289",
            "at most 12288",
        ),
        (|it| it.max_size(100), "max_size", "100", "already takes"),
        (|it| it.padding(0), "padding", "0", "at least 1 byte"),
    ];
    for (set, setting, value, reason) in rows {
        let (told, given, why) = refused(set);
        assert_eq!(told, setting, "{given}: {why}");
        assert!(given.contains(value), "{setting}: {given}");
        assert!(why.contains(reason), "{setting}: {why}");
        let shown = set(builder(&ring(), &Time::starting()))
            .build()
            .unwrap_err()
            .to_string();
        assert_eq!(shown, format!("{setting} = {given}: {why}"));
    }
}

#[test]
fn an_application_without_a_name_is_refused() {
    let error = Jar::<Account>::new(ring(), "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "app = \"\": name the application and its environment, such as shop-prod"
    );
    let error = Jar::<Account>::new(ring(), "x".repeat(65_536)).unwrap_err();
    assert!(
        error.to_string().starts_with("app = 65536 bytes: "),
        "{error}"
    );
}

#[test]
fn each_setting_works_at_its_edge() {
    let rows: [Set; 14] = [
        |it| it,
        |it| it.cookie_name("n".repeat(256)),
        |it| it.cookie_name("!#$%&'*+-.^_`|~09azAZ"),
        |it| {
            it.cookie_name("__Secure-x")
                .path("/a/b c")
                .domain(".example.org")
        },
        |it| it.idle_timeout(seconds(1)),
        |it| it.idle_timeout(seconds(86_400)),
        |it| it.idle_timeout(seconds(100)).lifetime(seconds(100)),
        |it| it.lifetime(seconds(1)),
        |it| it.lifetime(seconds(604_800)),
        |it| it.refresh_after(seconds(1)),
        |it| it.refresh_after(seconds(86_399)),
        |it| it.max_size(12_288),
        |it| it.padding(u16::MAX).max_size(12_288).cookie_name("s"),
        |it| it.same_site(SameSite::None).partitioned(true),
    ];
    for (row, set) in rows.into_iter().enumerate() {
        let built = set(builder(&ring(), &Time::starting())).build();
        // A bucket that no session fits into is the one row that is refused.
        assert_eq!(built.is_ok(), row != 12, "row {row}: {built:?}");
    }
}

#[test]
fn there_is_room_for_a_little_session_or_the_jar_is_not_built() {
    let (ring, time) = (ring(), Time::starting());
    let with = |name: &str, limit| {
        let jar = builder::<Account>(&ring, &time).cookie_name(name);
        jar.max_size(limit).build().is_ok()
    };
    for name in ["s", "__Host-Http-session"] {
        // 16 bytes are a frame and a body of a few.
        let smallest = name.len() + "=".len() + Sealer::sealed_len(16, 1);
        assert!(with(name, smallest), "{name}");
        assert!(!with(name, smallest - 1), "{name}");
    }
}

#[test]
fn attributes_may_be_as_long_as_a_line_with_a_little_session_allows() {
    let (ring, time) = (ring(), Time::starting());
    let with = |letters: usize| {
        builder::<Note>(&ring, &time)
            .cookie_name("s")
            .path(format!("/{}", "p".repeat(letters)))
            .build()
    };
    let longest = (0..4_096).take_while(|letters| with(*letters).is_ok());
    let jar = with(longest.last().unwrap()).unwrap();
    let session = jar.open(None::<Vec<u8>>, true);
    // A frame of 10 bytes, and a text of 5 with its length.
    session.update(|it| it.0 = "x".repeat(5)).unwrap();
    let line = lines(&jar, &session).remove(0);
    assert_eq!(line.len(), 4_096, "{line}");
}

#[test]
fn what_a_ring_allows_comes_from_its_sealing_key_and_its_horizon() {
    let time = Time::starting();
    let mut short = sealing_since(0);
    short.lifetime = 600;
    let mut waits = sealing_since(START + 10);
    waits.lifetime = 1200;
    let live = draft(vec![short.clone(), waits.clone()])
        .build()
        .unwrap()
        .into();
    let idle = |live, count| {
        builder::<Account>(live, &time)
            .idle_timeout(seconds(count))
            .build()
            .is_ok()
    };
    assert!(idle(&live, 600) && !idle(&live, 601));
    time.set(START + 10);
    assert!(idle(&live, 1200) && !idle(&live, 1201));

    // While no key seals yet, the waiting ones say what will be allowed.
    time.set(START);
    let live = draft(vec![waits]).build().unwrap().into();
    assert!(idle(&live, 1200) && !idle(&live, 1201));

    // Sessions must not outlive the memory of revocations, not by default either.
    let mut forgetful = draft(vec![short]);
    forgetful.revocations = Revocations::generate(3600).unwrap();
    let live = forgetful.clone().build().unwrap().into();
    let jar = builder::<Account>(&live, &time).build().unwrap();
    let header = |age| {
        Forger {
            born: START - age,
            ..Forger::new(&live)
        }
        .header_of(&Account::default())
    };
    assert_eq!(refusal(&open(&jar, header(3599))), None);
    assert_eq!(refusal(&open(&jar, header(3600))), Some("too_old"));
    assert!(
        builder::<Account>(&live, &time)
            .lifetime(seconds(3601))
            .build()
            .is_err()
    );
    forgetful.revocations = Revocations::generate(0).unwrap();
    let error = Jar::<Account>::builder(forgetful.build().unwrap(), APP)
        .build()
        .unwrap_err();
    assert!(error.to_string().starts_with("lifetime = 0 s: "), "{error}");
}
