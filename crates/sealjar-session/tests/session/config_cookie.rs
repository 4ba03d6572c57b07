//! Settings that browsers would not accept are refused when the jar is built, and so are former
//! settings that no cookie can have had.

use crate::config::{Set, refused};
use crate::support::{Account, Note, Time, builder, ring};

#[test]
fn a_path_and_a_domain_may_be_as_long_as_browsers_take() {
    let (ring, time) = (ring(), Time::starting());
    let path = |letters: usize| {
        let path = format!("/{}", "p".repeat(letters));
        builder::<Note>(&ring, &time)
            .cookie_name("s")
            .path(path)
            .build()
    };
    assert!(path(1023).is_ok());
    let error = path(1024).unwrap_err().to_string();
    assert!(error.contains("at most 1024 bytes"), "{error}");
    let domain = |letters: usize| {
        let label = "d".repeat(letters);
        let jar = builder::<Note>(&ring, &time).cookie_name("s");
        jar.domain(format!("{label}.org")).build()
    };
    assert!(domain(63).is_ok() && domain(64).is_err());
}

#[test]
fn former_attributes_that_cannot_have_been_are_refused() {
    type Row = (Set, &'static str, &'static str);
    let rows: [Row; 9] = [
        (
            |it| it.cookie_name("s").also_expire(None, "/"),
            "None, \"/\"",
            "is kept there now",
        ),
        (
            |it| {
                it.cookie_name("s")
                    .domain("Example.org")
                    .also_expire(Some(".example.org"), "/")
            },
            "Some(\".example.org\"), \"/\"",
            "is kept there now",
        ),
        (
            |it| it.cookie_name("s").also_expire(None, "app"),
            "None, \"app\"",
            "must begin with /",
        ),
        (
            |it| it.cookie_name("s").also_expire(None, "/; Secure"),
            "None, \"/; Secure\"",
            "neither ;",
        ),
        (
            |it| it.cookie_name("s").also_expire(None, "/a\r\nb"),
            "None, \"/a\\r\\nb\"",
            "control characters",
        ),
        (
            |it| it.cookie_name("s").also_expire(Some(""), "/"),
            "Some(\"\"), \"/\"",
            "a host name",
        ),
        (
            |it| it.cookie_name("s").also_expire(Some("a;b"), "/"),
            "Some(\"a;b\"), \"/\"",
            "a host name",
        ),
        (
            |it| it.also_expire(Some("example.org"), "/"),
            "Some(\"example.org\"), \"/\"",
            "never had a domain",
        ),
        (
            |it| {
                ["/a", "/b", "/c", "/d", "/e"]
                    .into_iter()
                    .fold(it.cookie_name("s"), |it, path| it.also_expire(None, path))
            },
            "None, \"/a\"",
            "four pairs are the most",
        ),
    ];
    for (set, value, reason) in rows {
        let found = refused(set);
        assert_eq!((found.0, &*found.1), ("also_expire", value));
        assert!(found.2.contains(reason), "{found:?}");
    }
    // A former path may be one that a jar would refuse today.
    for path in ["/a", "/a/", "/%61", "/a?b"] {
        let jar = builder::<Account>(&ring(), &Time::starting()).cookie_name("s");
        assert!(jar.also_expire(None, path).build().is_ok(), "{path}");
    }
}

#[test]
fn only_directives_that_leave_the_mark_of_a_logout_can_be_sent() {
    for directives in [
        "\"cache\"",
        "\"storage\"",
        "\"cache\", \"executionContexts\",\"storage\"",
    ] {
        let jar = builder::<Account>(&ring(), &Time::starting());
        assert!(jar.clear_site_data(directives).build().is_ok());
    }
    let rows: [Set; 6] = [
        |it| it.clear_site_data(""),
        |it| it.clear_site_data("cache"),
        |it| it.clear_site_data("\"cookies\""),
        |it| it.clear_site_data("\"*\""),
        |it| it.clear_site_data("\"cache\", \"cookies\""),
        |it| it.clear_site_data("\"cache\"\r\nSet-Cookie: a=b"),
    ];
    for set in rows {
        let (setting, _, reason) = refused(set);
        assert_eq!(setting, "clear_site_data");
        assert!(reason.contains("\"storage\""), "{reason}");
    }
}
