//! Configurations that cannot work are refused when the jar is built, with setting, value and
//! reason.

use std::time::Duration;

use sealjar::Sealer;
use sealjar_session::{ConfigError, Jar, JarBuilder, SameSite};

use crate::support::{APP, Account, Time, builder, ring};

pub(crate) type Set = fn(JarBuilder<Account>) -> JarBuilder<Account>;

pub(crate) fn refused(set: Set) -> (&'static str, String, String) {
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

/// Asserts that each is refused with the setting, a part of the value, and a part of the reason.
pub(crate) fn assert_refused(rows: &[(Set, &str, &str, &str)]) {
    for (set, setting, value, reason) in rows {
        let (told, given, why) = refused(*set);
        assert_eq!(told, *setting, "{given}: {why}");
        assert!(given.contains(value), "{setting}: {given}");
        assert!(why.contains(reason), "{setting}: {why}");
        let error = set(builder(&ring(), &Time::starting()))
            .build()
            .unwrap_err();
        assert_eq!(error.to_string(), format!("{setting} = {given}: {why}"));
        // As `main` prints it.
        assert_eq!(
            format!("{error:?}"),
            format!("{error}\nhint: {}", error.hint())
        );
        assert!(
            !error.hint().contains("JarBuilder"),
            "{setting} has no hint"
        );
    }
}

#[test]
fn every_impossible_setting_names_itself_its_value_and_why() {
    assert_refused(&[
        (
            |it| it.login_page("login"),
            "login_page",
            "\"login\"",
            "one /",
        ),
        (
            |it| it.login_page("//login"),
            "login_page",
            "\"//login\"",
            "one /",
        ),
        (
            |it| it.login_page("https://login.test/"),
            "login_page",
            "login.test",
            "on this host",
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
            |it| it.exact_timeouts(true).idle_timeout(seconds(86_401)),
            "idle_timeout",
            "86401 s",
            "the ring's key allows 86400 s",
        ),
        (
            |it| it.exact_timeouts(true).idle_timeout(seconds(u64::MAX)),
            "idle_timeout",
            "4294967295 s",
            "the ring's key allows 86400 s",
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
            |it| it.exact_timeouts(true).lifetime(seconds(604_801)),
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
    ]);
}

#[test]
fn a_session_type_that_cannot_be_carried_says_what_to_do() {
    #[derive(Clone, serde::Deserialize, serde::Serialize)]
    struct Untold {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        visits: u32,
    }
    impl Default for Untold {
        fn default() -> Self {
            Self {
                name: None,
                visits: 1,
            }
        }
    }
    impl sealjar_session::SessionData for Untold {}
    let error = Jar::<Untold>::new(ring(), APP).unwrap_err();
    let shown = format!("{error:?}");
    assert!(shown.contains("Untold does not survive: "), "{shown}");
    assert!(shown.contains("\nhint: use field types whose"), "{shown}");
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
    let rows: [Set; 20] = [
        |it| it,
        |it| it.exact_timeouts(true),
        |it| it.cookie_name("n".repeat(256)),
        |it| it.cookie_name("!#$%&'*+-.^_`|~09azAZ"),
        |it| {
            it.cookie_name("__Secure-x")
                .path("/a/b-c.d~e!$&'()*+,=:@")
                .domain("a-b.1.example.org")
        },
        |it| it.cookie_name("__Http-x").path("/a").domain("localhost"),
        |it| it.path("/"),
        |it| {
            it.cookie_name("s")
                .domain(format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61)))
        },
        |it| it.idle_timeout(seconds(1)),
        |it| it.exact_timeouts(true).idle_timeout(seconds(86_400)),
        |it| it.idle_timeout(seconds(86_401)),
        |it| it.lifetime(seconds(u64::MAX)),
        |it| it.idle_timeout(seconds(100)).lifetime(seconds(100)),
        |it| it.lifetime(seconds(1)),
        |it| it.exact_timeouts(true).lifetime(seconds(604_800)),
        |it| it.refresh_after(seconds(1)),
        |it| it.refresh_after(seconds(86_399)),
        |it| it.max_size(12_288),
        |it| it.padding(u16::MAX).max_size(12_288).cookie_name("s"),
        |it| it.same_site(SameSite::None).partitioned(true),
    ];
    for (row, set) in rows.into_iter().enumerate() {
        let built = set(builder(&ring(), &Time::starting())).build();
        // The one refused row is a bucket that no session fits into.
        assert_eq!(built.is_ok(), row != 18, "row {row}: {built:?}");
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
        // A frame of 17 bytes with the greatest revision, without a name or visits.
        let smallest = name.len() + "=".len() + Sealer::sealed_len(19, 1);
        assert!(with(name, smallest), "{name}");
        assert!(!with(name, smallest - 1), "{name}");
    }
}
