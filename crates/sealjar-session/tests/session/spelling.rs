//! Attack or mistake: the `__Host-` bypass, and neighbouring cookies that make a header unreadable.

use sealjar_session::FetchMetadata;

use crate::support::{Account, NAME, account, is_open, open, world};

/// Parses as other crates do: trims Unicode white space, decodes percent signs, and lets the last
/// cookie of a name win.
fn lenient(header: &str) -> Option<&str> {
    let decode = |name: &str| {
        name.replace("%5f", "_")
            .replace("%5F", "_")
            .replace("%2d", "-")
    };
    header
        .split(';')
        .filter_map(|piece| piece.split_once('='))
        .filter(|(name, _)| decode(name.trim()) == NAME)
        .map(|(_, value)| value.trim().trim_matches('"'))
        .next_back()
}

#[test]
fn no_spelling_of_the_name_but_the_exact_one_is_read() {
    let (_, _, jar) = world::<Account>();
    let good = jar.cookie_for(&account("good")).unwrap();
    let evil = jar.cookie_for(&account("evil")).unwrap();
    let evil = evil.split_once('=').unwrap().1;
    let mut fooled = 0;
    for name in [
        "%5f%5fHost-Http-session",
        "%5F%5FHost-Http-session",
        "__Host-Http%2dsession",
        "%5f_Host-Http-session",
        "\u{2000}__Host-Http-session",
        "\u{a0}__Host-Http-session",
        "\u{85}__Host-Http-session",
        "\u{3000}__Host-Http-session\u{3000}",
        "\u{feff}__Host-Http-session",
        "\u{b}__Host-Http-session",
        "\u{c}__Host-Http-session",
        "\r__Host-Http-session",
        "\n__Host-Http-session",
        "\0__Host-Http-session",
        "__Host-Http-session ",
        "__Host-Http-session\t",
        "__host-http-session",
        "__HOST-HTTP-SESSION",
        "__Host-session",
        "\"__Host-Http-session\"",
        "__Host-Http-session.",
        "__Host-Http-session.0",
        "__Host-Http-session.1",
        "__Host-Http-session.out",
        "__Host-Http-session[]",
        "$__Host-Http-session",
        "__Host-Http-sessio\u{2011}n",
        "x __Host-Http-session",
        "x,__Host-Http-session",
        "",
    ] {
        let alone = open(&jar, format!("{name}={evil}"));
        assert!(!is_open(&alone), "{name:?} alone");
        assert_eq!(*alone.get(), Account::default(), "{name:?} alone");
        for header in [
            format!("{name}={evil}; {good}"),
            format!("{good}; {name}={evil}"),
            format!("{name}={evil};{good};{name}={evil}"),
        ] {
            assert_eq!(open(&jar, &header).get().name, "good", "{header:?}");
            fooled += usize::from(lenient(&header) == Some(evil));
        }
    }
    // The negative control: a lenient parser takes the evil one for the session in many rows.
    assert!(fooled >= 15, "{fooled}");
}

#[test]
fn blanks_and_empty_pieces_around_the_cookie_are_no_part_of_it() {
    let (_, _, jar) = world::<Account>();
    let good = jar.cookie_for(&account("good")).unwrap();
    for header in [
        format!(" \t {good} \t "),
        format!(";;; ;\t;{good};;"),
        format!("a; b; {NAME}; {good}; c"),
        format!("=; ==; =x; {good}"),
        format!("{good};{NAME}"),
        format!("other=\"a; {good}"),
        format!("x={NAME}=y; {good}"),
    ] {
        assert_eq!(open(&jar, &header).get().name, "good", "{header:?}");
    }
    // A value is everything between the first `=` and the `;`, including quotes and inner blanks.
    let token = good.split_once('=').unwrap().1;
    for value in [
        format!("\"{token}\""),
        format!("x{token}"),
        format!("{token}\u{a0}"),
        format!("{token}, b=c"),
        format!("={token}"),
    ] {
        assert!(
            !is_open(&open(&jar, format!("{NAME}={value}"))),
            "{value:?}"
        );
    }
}

#[test]
fn a_session_survives_every_byte_value_in_a_neighbour_cookie() {
    let (_, _, jar) = world::<Account>();
    let good = jar.cookie_for(&account("good")).unwrap().into_bytes();
    let mut not_text = 0;
    for byte in 0..=u8::MAX {
        for header in [
            [&b"x=a"[..], &[byte], b"b; ", &good].concat(),
            [&good[..], b"; x=a", &[byte], b"b"].concat(),
            [&b"x"[..], &[byte], b"=1; ", &good, b"; y", &[byte], b"=2"].concat(),
            [&[byte; 64][..], b";", &good, b";", &[byte; 64]].concat(),
        ] {
            assert_eq!(open(&jar, &header).get().name, "good", "byte {byte}");
            not_text += usize::from(std::str::from_utf8(&header).is_err());
        }
    }
    // The negative control: reading the header as text loses it half of the time.
    assert_eq!(not_text, 4 * 128);
}

#[test]
fn a_mebibyte_of_foreign_cookies_does_not_hide_the_session() {
    let (_, _, jar) = world::<Account>();
    let good = jar.cookie_for(&account("good")).unwrap();
    let bomb = "a=;".repeat((1 << 20) / 3);
    for header in [format!("{bomb}{good}"), format!("{good};{bomb}")] {
        assert_eq!(open(&jar, header).get().name, "good");
    }
    let many_lines: Vec<String> = (0..10_000)
        .map(|n| format!("n{n}=;"))
        .chain([good])
        .collect();
    assert_eq!(
        jar.open(many_lines, FetchMetadata::default()).get().name,
        "good"
    );
}
