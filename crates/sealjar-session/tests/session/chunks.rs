//! Sessions in several cookies: mixed generations, leftovers, what does not fit.

use crate::support::{Browser, NAME, Note, Time, builder, is_open, open, refusal, ring};

fn note(letter: &str, size: usize) -> Note {
    Note(letter.repeat(size))
}

fn large_jar() -> sealjar_session::Jar<Note> {
    builder(&ring(), &Time::starting())
        .max_size(12_288)
        .build()
        .unwrap()
}

fn pairs(header: &str) -> Vec<String> {
    header.split("; ").map(str::to_owned).collect()
}

#[test]
fn every_mixture_of_two_chunk_sets_is_refused_or_is_one_of_the_two() {
    let jar = large_jar();
    let sets = ["a", "b"].map(|letter| pairs(&jar.cookie_for(&note(letter, 7000)).unwrap()));
    assert_eq!(sets.each_ref().map(Vec::len), [3, 3]);
    let (mut opened, mut refused) = (0, 0);
    // Each of six parts is present or not, with the sets in both orders.
    for present in 0..64_u32 {
        for order in [[0, 1], [1, 0]] {
            let mut header = Vec::new();
            for set in order {
                for (place, pair) in sets[set].iter().enumerate() {
                    if present & (1 << (set * 3 + place)) != 0 {
                        header.push(pair.as_str());
                    }
                }
            }
            let session = open(&jar, header.join("; "));
            if is_open(&session) {
                assert!([note("a", 7000), note("b", 7000)].contains(&session.get()));
                opened += 1;
            } else {
                assert_eq!(*session.get(), Note::default());
                refused += 1;
            }
        }
    }
    // Complete sets: a beside any of 8 subsets of b, and the other way round. With both complete
    // there are two sessions, which is ambiguous and opens neither.
    assert_eq!((opened, refused), (2 * (7 + 7), 2 * (64 - 14)));
}

/// The generation mark tells honest parts apart. Parts forged to carry the same mark do join, and
/// then the tag refuses them.
#[test]
fn parts_forged_to_one_generation_do_not_authenticate() {
    let jar = large_jar();
    let [a, b] = ["a", "b"].map(|letter| pairs(&jar.cookie_for(&note(letter, 7000)).unwrap()));
    let mark = |pair: &str| {
        pair.split_once('=')
            .unwrap()
            .1
            .split_once('.')
            .unwrap()
            .0
            .to_owned()
    };
    let forged = b[1].replacen(&mark(&b[1]), &mark(&a[1]), 1);
    assert_ne!(forged, b[1]);
    assert_eq!(
        refusal(&open(
            &jar,
            [&a[0], &forged, &a[2]].map(String::as_str).join("; ")
        )),
        Some("forged")
    );
    assert_eq!(
        refusal(&open(
            &jar,
            [&a[0], &b[1], &a[2]].map(String::as_str).join("; ")
        )),
        Some("torn_chunks")
    );
}

#[test]
fn three_parts_to_one_leaves_one() {
    let jar = large_jar();
    let mut browser = Browser::default();
    browser.visit(&jar, |session| {
        session.update(|it| *it = note("x", 7000)).unwrap()
    });
    assert_eq!(browser.0.len(), 3);
    browser.visit(&jar, |session| {
        session.update(|it| *it = note("x", 4000)).unwrap()
    });
    assert_eq!(browser.0.len(), 2);
    assert_eq!(browser.visit(&jar, |session| session.get().0.len()), 4000);
    browser.visit(&jar, |session| {
        session.update(|it| *it = note("x", 5)).unwrap()
    });
    assert_eq!(browser.names(), [NAME]);
    assert_eq!(browser.visit(&jar, |session| session.get().0.len()), 5);
}

#[test]
fn leftover_parts_are_expired_even_when_their_head_is_gone() {
    let jar = large_jar();
    let header = format!("{NAME}.1=abcd.x; {NAME}.8=; {NAME}.9=y; {NAME}.10=z; other.1=w");
    let mut browser = Browser::with(&header);
    browser.visit(&jar, |session| {
        let absent = matches!(session.origin(), sealjar_session::Origin::Absent { .. });
        assert!(absent);
        session.update(|it| it.0.push('x')).unwrap();
    });
    assert_eq!(
        browser.names(),
        [
            format!("{NAME}.9").as_str(),
            format!("{NAME}.10").as_str(),
            "other.1",
            NAME
        ],
        "a session has at most nine parts, .8 is the last"
    );
}

#[test]
fn parts_of_another_path_or_partition_do_not_tear_a_session() {
    let jar = large_jar();
    let mine = jar.cookie_for(&note("m", 7000)).unwrap();
    for letter in ["x", "y"] {
        let theirs = pairs(&jar.cookie_for(&note(letter, 7000)).unwrap());
        for header in [
            format!("{}; {}; {mine}", theirs[1], theirs[2]),
            format!("{mine}; {}; {}", theirs[2], theirs[1]),
        ] {
            assert_eq!(*open(&jar, header).get(), note("m", 7000));
        }
    }
}

#[test]
fn reading_uses_the_hard_limit_and_writing_the_jars_own() {
    let (ring, time) = (ring(), Time::starting());
    let large = builder::<Note>(&ring, &time)
        .max_size(12_288)
        .build()
        .unwrap();
    let small = builder::<Note>(&ring, &time).build().unwrap();
    let header = large.cookie_for(&note("x", 7000)).unwrap();
    let session = open(&small, header);
    assert_eq!(session.get().0.len(), 7000);
    assert!(session.update(|it| it.0.push('y')).is_err());
    session.update(|it| it.0.truncate(10)).unwrap();
}
