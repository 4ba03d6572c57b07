//! A server keeps nothing about its visitors. The test counts allocated bytes, which is exact.

use std::collections::HashMap;

use allocation_counter::measure;
use sealjar_session::{Jar, Session};

use crate::support::{
    APP, Account, Browser, START, Time, account, at, builder, change_ring, is_open, jar, lines,
    ring,
};

/// Begins a session, comes back with it, and takes the cookie away again.
fn visit(jar: &Jar<Account>, visitor: u32) -> Browser {
    let mut browser = Browser::default();
    let begin = |session: &Session<_>| session.update(|it| *it = account(&visitor.to_string()));
    browser.visit(jar, begin).unwrap();
    assert!(browser.visit(jar, is_open));
    browser
}

/// More visitors than a sealer remembers.
#[test]
fn five_thousand_visitors_leave_no_byte_behind() {
    let (ring, time) = (ring(), Time::starting());
    // Somebody is revoked, so that the check for revoked people runs for everybody, and caches as
    // many as fit.
    change_ring(&ring, |draft| {
        let list = &mut draft.revocations;
        list.revoke_subject(APP, "somebody else", at(START + 1))
            .unwrap();
    });
    let jar = jar(&ring, &time);
    // Allocations that happen once happen here.
    visit(&jar, 0);
    let left = measure(|| (0..5000).for_each(|visitor| drop(visit(&jar, visitor))));
    assert_eq!((left.count_current, left.bytes_current), (0, 0));
}

/// The negative control: a server that keeps sessions is seen to grow.
#[test]
fn a_store_that_keeps_them_is_seen_to_grow() {
    let jar = jar(&ring(), &Time::starting());
    let mut store = HashMap::new();
    let left = measure(|| {
        store.extend((0..100).map(|visitor| (visitor, visit(&jar, visitor))));
    });
    assert!(left.count_current >= 100, "{}", left.count_current);
    assert!(left.bytes_current >= 100 * 100, "{}", left.bytes_current);
}

/// A header value takes over a string without spare room as it is, and copies or shares any other.
#[test]
fn each_line_fills_its_memory() {
    let jar: Jar<Account> = builder(&ring(), &Time::starting())
        .max_size(12_288)
        .build()
        .unwrap();
    let mut browser = Browser::default();
    let mut exchange = |handler: &dyn Fn(&Session<Account>)| {
        let session = browser.request(&jar);
        handler(&session);
        let lines = lines(&session);
        for line in &lines {
            assert_eq!(line.capacity(), line.len(), "{line}");
            browser.take(line);
        }
        lines.len()
    };
    let long = exchange(&|session| session.update(|it| it.name = "a".repeat(8000)).unwrap());
    let short = exchange(&|session| session.update(|it| it.name.truncate(8)).unwrap());
    let purged = exchange(&Session::purge);
    assert_eq!(
        (long, short, purged),
        (3, 4, 2),
        "parts, parts that go and a mark of whose they were, a mark"
    );
}
