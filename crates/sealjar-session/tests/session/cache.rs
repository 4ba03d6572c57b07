//! Attack or mistake: a cache serves one visitor's page or cookie to another.

use sealjar_session::{Closing, FetchMetadata, Origin, Session, adapter};

use crate::support::{Account, Browser, DAY, account, close, open, world};

const POLICIES: [&[&str]; 10] = [
    &[],
    &["private"],
    &["no-store"],
    &["no-cache"],
    &["public, no-cache"],
    &["public, max-age=3600"],
    &["max-age=3600"],
    &["s-maxage=60", "stale-while-revalidate=5"],
    &["private=\"set-cookie\""],
    &["public", "PRIVATE"],
];

/// What a handler does, and whether the visitor's cookie is due to be sealed again.
type Act = (&'static str, u32, fn(&Session<Account>));

const ACTS: [Act; 5] = [
    ("read", 0, |session| _ = session.get()),
    ("re-seal", DAY / 4, |session| _ = session.get()),
    ("write", 0, |session| {
        session.update(|it| it.visits += 1).unwrap()
    }),
    ("renew", 0, |session| session.renew()),
    ("purge", 0, |session| session.purge()),
];

fn answer(session: &Session<Account>, policy: &[&str]) -> Closing {
    let headers = policy.iter().map(|it| ("cache-control", it.as_bytes()));
    Session::close(session, headers).unwrap()
}

#[test]
fn table_of_policies_and_what_a_handler_did() {
    for (act, wait, handler) in ACTS {
        for policy in POLICIES {
            let (_, time, jar) = world::<Account>();
            let header = jar.cookie_for(&account("ada")).unwrap();
            time.pass(wait);
            let session = open(&jar, header);
            handler(&session);
            let closing = answer(&session, policy);
            let keeps_others_out = ["private", "no-store"]
                .iter()
                .any(|it| policy.iter().any(|value| value.eq_ignore_ascii_case(it)));
            let shared = !policy.is_empty() && !keeps_others_out;
            let (sets, policy_set) = match (act, policy.is_empty(), shared) {
                ("read", true, _) => (false, Some("private")),
                ("read", false, _) => (false, None),
                (_, true, _) => (true, Some("no-store")),
                (_, _, false) => (true, None),
                // Re-sealing can wait; a change cannot, so the policy is replaced.
                ("re-seal", _, true) => (false, None),
                (_, _, true) => (true, Some("no-store")),
            };
            assert_eq!(
                !closing.set_cookies.is_empty(),
                sets,
                "{act} under {policy:?}"
            );
            assert_eq!(closing.cache_control, policy_set, "{act} under {policy:?}");
            assert_eq!(closing.vary, Some("Cookie"), "{act} under {policy:?}");
            // A shared cache may only keep a response without the cookie.
            if shared && closing.cache_control.is_none() {
                assert!(closing.set_cookies.is_empty());
            }
        }
    }
}

#[test]
fn a_withheld_reseal_is_made_up_for_by_the_next_private_page() {
    let (_, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    time.pass(DAY / 2);
    let mut browser = Browser::with(&header);
    let session = browser.request(&jar);
    _ = session.get();
    browser.receive(answer(&session, &["public"]));
    assert_eq!(browser.header(), header);
    browser.visit(&jar, |session| _ = session.get());
    assert_ne!(browser.header(), header);
}

/// An application that says `no-cache` on every page must not log people out while they use it.
#[test]
fn under_no_cache_a_reseal_waits_until_half_of_the_idle_time_is_gone() {
    for (age, policy, seals) in [
        (DAY / 4, "no-cache", false),
        (DAY / 2, "no-cache", false),
        (DAY / 2 + 1, "no-cache", true),
        (DAY - 1, "no-cache, must-revalidate", true),
        // A response meant for everybody stays so.
        (DAY - 1, "public, no-cache", false),
        (DAY - 1, "public", false),
    ] {
        let (_, time, jar) = world::<Account>();
        let header = jar.cookie_for(&account("ada")).unwrap();
        time.pass(age);
        let session = open(&jar, header);
        _ = session.get();
        let closing = answer(&session, &[policy]);
        let says = (!closing.set_cookies.is_empty(), closing.cache_control);
        let wanted = (seals, seals.then_some("no-store"));
        assert_eq!(says, wanted, "{policy} after {age} s");
    }
}

/// The control is the earlier policy: `Cache-Control` alone, which the cache ignores that the other
/// field is for.
#[test]
fn a_field_that_a_cache_prefers_is_closed_beside_a_session_cookie() {
    for (name, value, closed) in [
        ("cdn-cache-control", "max-age=60", "no-store"),
        ("Cloudflare-CDN-Cache-Control", "max-age=60", "no-store"),
        ("surrogate-control", "max-age=60", "no-store"),
        ("x-accel-expires", "60", "0"),
        ("expires", "Thu, 01 Jan 2099 00:00:00 GMT", "0"),
    ] {
        let headers = [(name, value.as_bytes()), ("cache-control", b"private")];
        for (act, wait, handler) in ACTS {
            let (_, time, jar) = world::<Account>();
            let header = jar.cookie_for(&account("ada")).unwrap();
            time.pass(wait);
            let session = open(&jar, header);
            handler(&session);
            let closing = Session::close(&session, headers).unwrap();
            let sets = !closing.set_cookies.is_empty();
            assert_eq!(
                sets,
                act != "read" && !(act == "re-seal" && name != "expires"),
                "{act}"
            );
            let other = sets.then(|| (name.to_owned(), closed));
            let wanted: Vec<_> = other.into_iter().collect();
            assert_eq!(closing.other_policies, wanted, "{act} under {name}");
            assert_eq!(closing.cache_control, None, "{act} under {name}");
        }
    }
}

#[test]
fn a_session_that_nobody_touched_says_nothing_to_caches() {
    let (_, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    time.pass(DAY / 2);
    for policy in POLICIES {
        let session = open(&jar, &header);
        let closing = answer(&session, policy);
        assert!(closing.set_cookies.is_empty());
        assert_eq!(
            (closing.cache_control, closing.vary, closing.clear_site_data),
            (None, None, None)
        );
    }
}

#[test]
fn a_session_that_an_adapter_only_peeked_at_says_nothing_to_caches() {
    let (_, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    time.pass(DAY / 2);
    for (asks, says) in [
        (false, (None, None)),
        (true, (Some("no-store"), Some("Cookie"))),
    ] {
        let session = open(&jar, &header);
        let (origin, value) = adapter::peek(&session);
        assert!(matches!(origin, Origin::Opened { .. }) && *value == account("ada"));
        if asks {
            assert_eq!(*session.get(), account("ada"));
        }
        let closing = close(&session);
        assert_eq!((closing.cache_control, closing.vary), says);
        assert_eq!(closing.set_cookies.is_empty(), !asks);
    }
}

#[test]
fn an_anonymous_page_that_asked_depends_on_the_cookie_too() {
    let (_, _, jar) = world::<Account>();
    let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    _ = session.origin();
    let closing = close(&session);
    assert_eq!(
        (closing.cache_control, closing.vary),
        (Some("private"), Some("Cookie"))
    );
}

#[test]
fn vary_is_merged_with_the_applications_own() {
    let (_, _, jar) = world::<Account>();
    for (own, wanted) in [
        (vec![], Some("Cookie")),
        (vec!["Accept-Encoding"], Some("Cookie")),
        (vec!["Accept", "Accept-Language, cookie"], None),
        (vec!["*"], None),
        (vec!["X-Cookie"], Some("Cookie")),
    ] {
        let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
        _ = session.get();
        let closing =
            Session::close(&session, own.iter().map(|it| ("vary", it.as_bytes()))).unwrap();
        assert_eq!(closing.vary, wanted, "{own:?}");
    }
}

#[test]
fn clear_site_data_is_sent_when_somebody_logs_out_and_only_by_a_jar_that_is_told_to() {
    let storage = Some("\"cache\", \"storage\"");
    for told in [None, storage] {
        let answer = |wait: u32, handler: &dyn Fn(&Session<Account>)| {
            let (ring, time, _) = world::<Account>();
            let mut builder = crate::support::builder(&ring, &time);
            if let Some(told) = told {
                builder = builder.clear_site_data(told);
            }
            let jar = builder.build().unwrap();
            let header = jar.cookie_for(&account("ada")).unwrap();
            time.pass(wait);
            let session = open(&jar, header);
            handler(&session);
            close(&session).clear_site_data
        };
        for (act, wait, handler) in ACTS {
            let wanted = told.filter(|_| act == "purge");
            assert_eq!(answer(wait, &handler), wanted, "{act}");
        }
        let leave = |name: &'static str| {
            move |it: &Session<Account>| it.update(|it| it.name = name.into()).unwrap()
        };
        assert_eq!(answer(0, &leave("")), told);
        assert_eq!(answer(0, &leave("bob")), told);
        // A new session after the end does not undo this.
        let ends_and_begins = |session: &Session<Account>| {
            session.purge();
            session.update(|it| it.visits = 9).unwrap();
        };
        assert_eq!(answer(0, &ends_and_begins), told);
    }
}
