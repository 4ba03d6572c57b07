//! Attack or mistake: a cookie that the browser silently drops.

use sealjar_session::{FetchMetadata, Jar, SameSite, UpdateError};

use crate::support::{NAME, Note, Time, builder, close, lines, ring};

fn write(jar: &Jar<Note>, size: usize) -> Result<Vec<String>, UpdateError> {
    let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    session.update(|it| it.0 = "x".repeat(size))?;
    Ok(lines(&session))
}

fn sum(lines: &[String]) -> usize {
    let pairs: Vec<&str> = lines
        .iter()
        .map(|line| line.split_once(';').unwrap().0)
        .collect();
    pairs.join("; ").len()
}

#[test]
fn at_the_jars_limit_it_fits_and_one_over_it_does_not() {
    let (ring, time) = (ring(), Time::starting());
    let with = |limit| {
        builder::<Note>(&ring, &time)
            .max_size(limit)
            .build()
            .unwrap()
    };
    let mut parts_seen = [0; 6];
    for size in [10, 100, 2900, 3100, 4000, 6100, 7500, 8900] {
        let lines = write(&with(12_288), size).unwrap();
        parts_seen[lines.len()] += 1;
        let exact = sum(&lines);
        if lines.len() > 1 && exact <= 4096 {
            continue;
        }
        assert_eq!(sum(&write(&with(exact), size).unwrap()), exact, "{size}");
        assert_eq!(
            write(&with(exact - 1), size),
            Err(UpdateError::TooLarge {
                size: exact,
                limit: exact - 1
            }),
            "{size}"
        );
    }
    assert!(
        parts_seen[1] > 0 && parts_seen[2] > 0 && parts_seen[3] > 0,
        "{parts_seen:?}"
    );
}

/// Base64 cannot produce every length, so the test tries several names until a line is exactly
/// full.
#[test]
fn a_line_of_4096_bytes_is_sent_and_one_of_4097_is_refused() {
    let (ring, time) = (ring(), Time::starting());
    let (mut full, mut one_over) = (0, 0);
    for letters in 1..=8 {
        let name = "n".repeat(letters);
        let jar = builder::<Note>(&ring, &time)
            .cookie_name(name)
            .build()
            .unwrap();
        for size in 2900..3000 {
            match write(&jar, size) {
                Ok(lines) => {
                    assert_eq!(lines.len(), 1);
                    assert!(lines[0].len() <= 4096);
                    full += usize::from(lines[0].len() == 4096);
                }
                Err(UpdateError::TooLarge { size, limit }) => {
                    assert_eq!(limit, 4096);
                    assert!(size > 4096);
                    one_over += usize::from(size == 4097);
                    break;
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(full > 0 && one_over > 0, "{full} {one_over}");
}

#[test]
fn the_size_counts_every_attribute_of_the_final_line() {
    let (ring, time) = (ring(), Time::starting());
    let plain = builder::<Note>(&ring, &time).cookie_name("__Secure-session");
    let long = builder::<Note>(&ring, &time)
        .cookie_name("__Secure-session")
        .path("/a/rather/long/path")
        .domain("shop.example.org")
        .same_site(SameSite::None)
        .partitioned(true);
    let (plain, long) = (plain.build().unwrap(), long.build().unwrap());
    let greatest = |jar: &Jar<Note>| {
        (2000..4000)
            .take_while(|size| write(jar, *size).is_ok())
            .last()
            .unwrap()
    };
    let line = |jar: &Jar<Note>| write(jar, 10).unwrap().pop().unwrap().len();
    let difference = line(&long) - line(&plain);
    assert!(difference > 50);
    let fits = greatest(&long);
    let lost = greatest(&plain) - fits;
    assert!(
        lost.abs_diff(difference * 3 / 4) <= 2,
        "{lost} bytes for {difference} characters"
    );
    // The negative control: the pair alone would still have been far from the limit.
    let over = write(&plain, fits + 1).unwrap();
    assert!(sum(&over) + difference > 4096 - 100 && sum(&over) < 4096);
}

#[test]
fn a_refused_change_leaves_the_session_and_its_answer_as_they_were() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<Note>(&ring, &time).build().unwrap();
    let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    session.update(|it| it.0 = "kept".into()).unwrap();
    let id = session.id();
    let error = session.update(|it| it.0 = "x".repeat(5000)).unwrap_err();
    assert!(matches!(error, UpdateError::TooLarge { limit: 4096, .. }));
    assert_eq!(session.get().0, "kept");
    assert_eq!(session.id(), id);
    let closing = close(&session);
    let header: Vec<String> = closing.set_cookies.into_iter().collect();
    let pair = header[0].split_once(';').unwrap().0;
    assert_eq!(
        jar.open([pair.to_owned()], FetchMetadata::default())
            .get()
            .0,
        "kept"
    );
    assert!(pair.starts_with(NAME));
}

#[test]
fn whether_a_session_fits_does_not_depend_on_its_age() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<Note>(&ring, &time).build().unwrap();
    let greatest = (2900..3100)
        .take_while(|size| write(&jar, *size).is_ok())
        .last()
        .unwrap();
    let first = write(&jar, greatest).unwrap();
    let pair = first[0].split_once(';').unwrap().0.to_owned();
    // Near the end of its absolute lifetime, with a shorter `Max-Age` than ever before.
    let mut header = pair;
    for _ in 0..7 {
        time.pass(86_400 - 60);
        let session = jar.open([header.clone()], FetchMetadata::default());
        assert_eq!(session.get().0.len(), greatest);
        if let Some(line) = lines(&session).first() {
            header = line.split_once(';').unwrap().0.to_owned();
        }
    }
    let session = jar.open([header], FetchMetadata::default());
    session.update(|it| it.0.replace_range(..1, "y")).unwrap();
    assert!(matches!(
        session.update(|it| it.0.push_str("zzzzz")),
        Err(UpdateError::TooLarge { .. })
    ));
}
