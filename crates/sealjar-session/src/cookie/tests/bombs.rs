//! Headers made to cost much. No number that a client sends may bound a loop.

use super::super::scan::{Found, each_cookie};
use super::{NAME, Unjoined, text, texts};

#[test]
fn a_mebibyte_of_tiny_cookies_is_scanned_without_allocation() {
    let bomb = "a=;".repeat((1 << 20) / 3);
    let mut cookies = 0;
    each_cookie(bomb.as_bytes(), |name, value| {
        assert_eq!((name, value), (b"a".as_slice(), b"".as_slice()));
        cookies += 1;
    });
    assert_eq!(cookies, bomb.len() / 3);

    let headers = vec![bomb];
    let found = Found::scan(&headers, NAME);
    assert!(!found.any());
    // All else in `Found` is an array, and the scan itself holds slices only.
    assert_eq!(found.logged_out.capacity(), 0);
    let hit = vec![format!("{}{NAME}=good", headers[0])];
    assert_eq!(texts(&hit, NAME), Ok(vec![b"good".to_vec()]));
}

#[test]
fn a_mebibyte_of_the_jars_own_names_is_bounded() {
    let heads: String = (0..40_000).map(|n| format!("{NAME}={n};")).collect();
    let parts: String = (0..40_000).map(|n| format!("{NAME}.{n}=abcd.x;")).collect();
    let marks: String = (0..40_000)
        .map(|n| format!("{NAME}.out={n:016x};"))
        .collect();
    let headers = vec![heads, parts, marks];
    let found = Found::scan(&headers, NAME);
    assert!(found.any());
    assert_eq!(found.candidates(), None, "40 000 candidates are ambiguous");
    assert_eq!(found.logged_out.len(), 16);
    assert_eq!(found.parts, 0b1_1111_1110, "parts 1 to 8 and no other");
}

#[test]
fn four_distinct_values_are_candidates_and_a_fifth_is_too_many() {
    let header = |count: usize| -> Vec<String> {
        (0..count)
            .map(|n| format!("{NAME}=value{n}; {NAME}=value{n}"))
            .collect()
    };
    for count in 0..=4 {
        let headers = header(count);
        assert_eq!(
            Found::scan(&headers, NAME).candidates().unwrap().len(),
            count
        );
    }
    assert_eq!(Found::scan(&header(5), NAME).candidates(), None);
}

#[test]
fn only_counts_of_two_to_nine_are_read_and_no_count_is_believed() {
    let token = text(1, 9 * 30);
    let generation = &token[40..44];
    let parts: Vec<String> = (1..9)
        .map(|part| format!("{NAME}.{part}={generation}.{}", &token[part * 30..][..30]))
        .collect();
    let header = |count: &str| {
        vec![format!(
            "{NAME}={count}~{generation}.{}; {}",
            &token[..30],
            parts.join("; ")
        )]
    };
    for count in 2..=9 {
        let joined = token.as_bytes()[..count * 30].to_vec();
        let found = texts(&header(&count.to_string()), NAME);
        assert_eq!(found, Ok(vec![joined]), "{count}");
    }
    for count in [
        "0",
        "1",
        "10",
        "00",
        "02",
        "99",
        "2147483648",
        "4294967295",
        "18446744073709551616",
        &"9".repeat(4000),
    ] {
        assert_eq!(texts(&header(count), NAME), Err(Unjoined::Torn), "{count}");
    }
    // A value that does not begin with digits and a tilde is one whole value, refused as a token
    // later.
    for count in ["", "-1", "+2", " 2", "2 ", "two", "\u{663}"] {
        let value = format!("{count}~{generation}.{}", &token[..30]);
        let found = texts(&[format!("{NAME}={value}")], NAME).unwrap();
        assert_eq!(found, [value.as_bytes()], "{count:?}");
    }
}

#[test]
fn missing_repeated_and_shuffled_parts() {
    let token = text(2, 300);
    let generation = &token[40..44];
    let pieces = [
        format!("{NAME}=3~{generation}.{}", &token[..100]),
        format!("{NAME}.1={generation}.{}", &token[100..200]),
        format!("{NAME}.2={generation}.{}", &token[200..]),
    ];
    let whole = Ok(vec![token.as_bytes().to_vec()]);
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let shuffled: Vec<&str> = order.iter().map(|at| pieces[*at].as_str()).collect();
        assert_eq!(texts(&[shuffled.join("; ")], NAME), whole, "{order:?}");
        let lines: Vec<String> = shuffled.iter().map(|&it| it.into()).collect();
        assert_eq!(
            texts(&lines, NAME),
            whole,
            "{order:?} on lines of their own"
        );
    }
    for missing in [1, 2] {
        let rest: Vec<&String> = pieces
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != missing)
            .map(|(_, it)| it)
            .collect();
        let line = format!("{}; {}", rest[0], rest[1]);
        assert_eq!(
            texts(&[line], NAME),
            Err(Unjoined::Torn),
            "without part {missing}"
        );
    }
    for (extra, wanted) in [
        // The same part twice counts once.
        (pieces[1].clone(), whole.clone()),
        // Another part for the same place and of the same generation: nothing shows which is right.
        (
            format!("{NAME}.1={generation}.{}", text(3, 100)),
            Err(Unjoined::Torn),
        ),
        (format!("{NAME}.1=zzzz.{}", text(3, 100)), whole.clone()),
        (format!("{NAME}.1={generation}"), whole.clone()),
        (format!("{NAME}.1="), whole.clone()),
        (format!("{NAME}.3={generation}.surplus"), whole.clone()),
        (format!("{NAME}.0={generation}.head"), whole.clone()),
        (format!("{NAME}.01={generation}.head"), whole.clone()),
        (format!("{NAME}.10={generation}.tenth"), whole.clone()),
        (format!("{NAME}.4294967297={generation}.wraps"), whole),
    ] {
        for line in [
            format!("{}; {extra}", pieces.join("; ")),
            format!("{extra}; {}", pieces.join("; ")),
        ] {
            assert_eq!(texts(&[line], NAME), wanted, "{extra}");
        }
    }
}

#[test]
fn parts_longer_than_any_session_are_not_joined() {
    let generation = "abcd";
    let head = format!("{}{generation}{}", text(4, 40), text(5, 100));
    let long = text(6, 12_288 - head.len());
    let header = |extra: &str| {
        vec![format!(
            "{NAME}=2~{generation}.{head}; {NAME}.1={generation}.{long}{extra}"
        )]
    };
    assert_eq!(texts(&header(""), NAME).unwrap()[0].len(), 12_288);
    assert_eq!(texts(&header("x"), NAME), Err(Unjoined::TooLong));
}

#[test]
fn twins_of_a_part_that_the_head_does_not_count_are_left_alone() {
    let token = text(7, 300);
    let generation = &token[40..44];
    let pieces = format!(
        "{NAME}=2~{generation}.{}; {NAME}.1={generation}.{}",
        &token[..100],
        &token[100..]
    );
    let whole = Ok(vec![token.as_bytes().to_vec()]);
    for surplus in [2, 3, 8] {
        let twins = format!("{NAME}.{surplus}={generation}.one; {NAME}.{surplus}={generation}.two");
        assert_eq!(
            texts(&[format!("{twins}; {pieces}")], NAME),
            whole,
            "{surplus}"
        );
    }
}

#[test]
fn parts_of_another_generation_are_torn_however_long_they_are() {
    let header = |length: usize| {
        let token = text(8, length);
        assert_ne!(&token[40..44], "abcd");
        let (first, second) = token.split_at(100);
        vec![format!("{NAME}=2~abcd.{first}; {NAME}.1=abcd.{second}")]
    };
    assert_eq!(texts(&header(300), NAME), Err(Unjoined::Torn));
    assert_eq!(texts(&header(13_000), NAME), Err(Unjoined::Torn));
}
