//! Names and attributes of a cookie that no browser would take are refused when the jar is built.

use sealjar_session::SameSite;

use crate::config::assert_refused;

#[test]
fn every_impossible_attribute_names_itself_its_value_and_why() {
    assert_refused(&[
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
        (|it| it.path("/a;b"), "path", "\"/a;b\"", ODD),
        (|it| it.path("/a\nb"), "path", "\"/a\\nb\"", ODD),
        (|it| it.path("/a?b"), "path", "\"/a?b\"", ODD),
        (|it| it.path("/a#b"), "path", "\"/a#b\"", ODD),
        (|it| it.path("/a%20b"), "path", "\"/a%20b\"", ODD),
        (|it| it.path("/a b"), "path", "\"/a b\"", ODD),
        (|it| it.path("/a\\b"), "path", "\"/a\\\\b\"", ODD),
        (|it| it.path("/caf\u{e9}"), "path", "/caf\u{e9}", ODD),
        (
            |it| it.path("/app/"),
            "path",
            "\"/app/\"",
            "must not end in /",
        ),
        (
            |it| it.path("/a/../b"),
            "path",
            "\"/a/../b\"",
            "resolve them",
        ),
        (|it| it.path("/."), "path", "\"/.\"", "resolve them"),
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
            |it| it.cookie_name("s").domain("https://example.org"),
            "domain",
            "\"https://example.org\"",
            "host name, such as example.org",
        ),
        (
            |it| it.cookie_name("s").domain("example.org:8080"),
            "domain",
            "\"example.org:8080\"",
            "host name",
        ),
        (
            |it| it.cookie_name("s").domain(".example.org"),
            "domain",
            "\".example.org\"",
            "begins with a dot",
        ),
        (
            |it| it.cookie_name("s").domain("example..org"),
            "domain",
            "\"example..org\"",
            "host name",
        ),
        (
            |it| it.cookie_name("s").domain("example.org."),
            "domain",
            "\"example.org.\"",
            "host name",
        ),
        (
            |it| it.cookie_name("s").domain("-a.org"),
            "domain",
            "\"-a.org\"",
            "host name",
        ),
        (
            |it| it.cookie_name("s").domain("127.0.0.1"),
            "domain",
            "\"127.0.0.1\"",
            "an address has no hosts below it",
        ),
        (
            |it| it.cookie_name("s").domain("a.0x7F"),
            "domain",
            "\"a.0x7F\"",
            "an address has no hosts below it",
        ),
        (
            |it| it.partitioned(true),
            "partitioned",
            "true",
            "SameSite=None only",
        ),
        (
            |it| it.partitioned(true).same_site(SameSite::Strict),
            "partitioned",
            "true",
            "SameSite=None only",
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
    ]);
}

/// What the error says of a path that browsers write otherwise, or of a text that is no path.
const ODD: &str = "letter by letter";
