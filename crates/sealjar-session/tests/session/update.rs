//! `update` is the only way to change a session.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sealjar::{SealError, Timestamp};
use sealjar_session::{CloseError, FetchMetadata, Jar, Session, UpdateError};

use crate::support::{
    Account, Browser, NAME, Time, account, at, builder, change_ring, close, draft, is_open, jar,
    lines, open, sealing_since, unseal, world,
};

fn set(account: &mut Account, visits: u32) -> Result<(), ()> {
    account.visits = visits;
    Ok(())
}

#[test]
fn every_way_to_change_ends_in_a_set_cookie_and_reading_does_not() {
    let (_, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    type Row = (bool, fn(&Session<Account>));
    let ways: [Row; 8] = [
        (true, |it| it.update(|it| it.visits = 2).unwrap()),
        (true, |it| it.update(|it| *it = Account::default()).unwrap()),
        (true, |it| it.try_update(|it| set(it, 2)).unwrap().unwrap()),
        (true, |it| it.renew()),
        (true, |it| it.purge()),
        (false, |it| _ = it.get()),
        (false, |it| it.keep_alive()),
        (false, |it| {
            _ = (it.id(), it.revision(), it.origin().clone())
        }),
    ];
    for (at, (changes, way)) in ways.into_iter().enumerate() {
        let loaded = open(&jar, &header);
        way(&loaded);
        assert_eq!(!lines(&loaded).is_empty(), changes, "way {at}");
    }
}

#[test]
fn a_change_that_changes_nothing_sends_nothing() {
    let (_, _, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    assert_eq!(session.update(|it| it.visits.clone_from(&1)), Ok(()));
    session.update(|it| *it = account("ada")).unwrap();
    assert!(lines(&session).is_empty());
    // The same for a visitor without a session: looking at the default creates none.
    let anonymous = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    anonymous.update(|it| it.visits = 0).unwrap();
    assert_eq!(anonymous.id(), None);
    assert!(lines(&anonymous).is_empty());
}

#[test]
fn a_panicking_closure_leaves_the_session_as_it_was_and_poisons_nothing() {
    let (_, _, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    session.update(|it| it.visits = 2).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        session.update(|it| {
            it.visits = 99;
            panic!("in the middle")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(session.get().visits, 2);
    session.update(|it| it.visits += 1).unwrap();
    let mut browser = Browser::default();
    browser.receive(close(&session));
    assert_eq!(open(&jar, browser.header()).get().visits, 3);
}

#[test]
fn try_update_keeps_the_change_on_ok_alone() {
    let (_, _, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    let failed = session.try_update(|it| {
        it.visits = 99;
        Err::<(), _>("no")
    });
    assert_eq!(failed, Ok(Err("no")));
    assert_eq!(session.get().visits, 1);
    assert_eq!(
        session.try_update(|it| Ok::<_, ()>(it.visits + 6)),
        Ok(Ok(7))
    );
    assert!(lines(&session).is_empty());
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    assert_eq!(session.try_update(|it| set(it, 5)), Ok(Ok(())));
    assert_eq!(session.get().visits, 5);
    assert_eq!(lines(&session).len(), 1);
}

#[test]
fn nested_updates_are_refused_and_reading_inside_works() {
    let (ring, time, jar_a) = world::<Account>();
    let jar_b: Jar<Account> = builder(&ring, &time).cookie_name("other").build().unwrap();
    let (session, other) = (
        jar_a.open(None::<Vec<u8>>, FetchMetadata::default()),
        jar_b.open(None::<Vec<u8>>, FetchMetadata::default()),
    );
    let seen = session
        .update(|it| {
            it.visits = 5;
            assert_eq!(session.update(|it| it.visits = 9), Err(UpdateError::Nested));
            assert_eq!(
                session.try_update(|_| Err::<(), _>(())),
                Err(UpdateError::Nested)
            );
            assert_eq!(session.clone().update(|_| ()), Err(UpdateError::Nested));
            // Another session is not affected.
            other.update(|it| it.visits = 7).unwrap();
            // Inside the closure the session is as it was before.
            (session.get().visits, session.id(), session.revision())
        })
        .unwrap();
    assert_eq!(seen, (0, None, 0));
    assert_eq!((session.get().visits, other.get().visits), (5, 7));
    // `update` works again after a nested call has failed and after a panic inside.
    session.update(|it| it.visits += 1).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| session.update(|_| panic!("inside"))));
    assert!(panicked.is_err());
    session.update(|it| it.visits += 1).unwrap();
    assert_eq!(session.get().visits, 7);
}

#[test]
fn what_is_read_does_not_change_under_the_reader() {
    let (_, _, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    let before = session.get();
    session.update(|it| it.visits = 2).unwrap();
    let between = session.get();
    session.purge();
    assert_eq!(
        (before.visits, between.visits, session.get().visits),
        (1, 2, 0)
    );
}

#[test]
fn the_id_of_a_new_session_stays_while_its_handler_goes_on_changing_it() {
    let (ring, time, jar) = world::<Account>();
    let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    session.update(|it| it.visits = 1).unwrap();
    let told = session.id().unwrap();
    session.update(|it| it.visits = 2).unwrap();
    assert_eq!(session.id(), Some(told));
    let line = lines(&session).remove(0);
    let (header, _) = line.split_once(';').unwrap();
    assert_eq!(unseal(&ring, header, time.seconds()).1, told.bytes());
}

#[test]
fn once_the_head_is_out_changes_are_refused_and_reading_goes_on() {
    let (_, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    for touched in [true, false] {
        let session = open(&jar, &header);
        let clone = session.clone();
        if touched {
            session.update(|it| it.visits = 2).unwrap();
        }
        assert_eq!(lines(&session).len(), usize::from(touched));
        assert_eq!(clone.update(|it| it.visits = 9), Err(UpdateError::Closed));
        assert_eq!(clone.try_update(|it| set(it, 9)), Err(UpdateError::Closed));
        clone.renew();
        clone.purge();
        clone.keep_alive();
        assert_eq!(clone.get().visits, if touched { 2 } else { 1 });
        assert_eq!(clone.get().name, "ada");
        // Closing twice sends nothing twice.
        assert!(lines(&session).is_empty());
    }
}

#[test]
fn a_change_that_is_under_way_when_the_head_goes_out_is_refused() {
    let (_, _, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    let result = session.update(|it| {
        it.visits = 9;
        assert!(lines(&session).is_empty());
    });
    assert_eq!(result, Err(UpdateError::Closed));
    assert_eq!(session.get().visits, 1);
}

#[test]
fn a_purge_while_a_change_is_under_way_is_the_last_word() {
    let (_, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let session = open(&jar, &header);
    session
        .update(|it| {
            it.visits = 9;
            session.purge();
        })
        .unwrap();
    assert_eq!((session.id(), session.get().name.as_str()), (None, ""));
    let mut browser = Browser::with(&header);
    browser.receive(close(&session));
    assert_eq!(browser.names(), [format!("{NAME}.out")]);

    // A change that begins afterwards begins a new session, as always.
    let session = open(&jar, &header);
    session.update(|_| session.purge()).unwrap();
    session.update(|it| it.visits = 9).unwrap();
    let mut browser = Browser::with(&header);
    browser.receive(close(&session));
    let value = Account {
        name: String::new(),
        visits: 9,
    };
    assert_eq!(*open(&jar, browser.header()).get(), value);

    // Unlike that, renewing inside takes nothing away.
    let session = open(&jar, &header);
    session
        .update(|it| {
            it.visits = 9;
            session.renew();
        })
        .unwrap();
    assert_eq!(
        (session.get().name.as_str(), session.get().visits),
        ("ada", 9)
    );
}

#[test]
fn a_missing_sealing_key_reaches_the_handler_before_it_has_answered() {
    let time = Time::starting();
    let mut ends = sealing_since(0);
    ends.seals_until = Some(time.now());
    let ring = draft(vec![ends]).build().unwrap().into();
    let jar: Jar<Account> = jar(&ring, &time);
    let header = jar.cookie_for(&account("ada")).unwrap();
    time.pass(1);
    let session = open(&jar, &header);
    assert!(is_open(&session), "it still opens");
    assert_eq!(
        session.update(|it| it.visits = 2),
        Err(SealError::NoSealingKey.into())
    );
    assert_eq!(session.get().visits, 1);
    assert!(lines(&session).is_empty(), "and nothing is cleared");
    assert_eq!(
        jar.cookie_for(&account("ada")),
        Err(CloseError::Seal(SealError::NoSealingKey))
    );

    // If no key can seal any more, a change that is made first then fails at the close, and does
    // not pass silently.
    let session = open(&jar, &header);
    session.renew();
    assert_eq!(
        Session::close(&session, []).unwrap_err(),
        CloseError::Seal(SealError::NoSealingKey)
    );

    // A key that comes later is used at once.
    change_ring(&ring, |draft| draft.keys.push(sealing_since(0)));
    let session = open(&jar, &header);
    session.update(|it| it.visits = 2).unwrap();
    assert_eq!(lines(&session).len(), 1);
    assert_eq!(at(0), Timestamp::MIN);
}

#[test]
fn updates_from_many_threads_lose_nothing() {
    let (_, _, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    session.update(|it| it.visits += 1).unwrap();
                    assert!(session.get().visits > 1);
                }
            });
        }
    });
    assert_eq!(session.get().visits, 401);
    let mut browser = Browser::default();
    browser.receive(close(&session));
    assert_eq!(open(&jar, browser.header()).get().visits, 401);
}

#[test]
fn the_cookie_is_opened_once_and_only_when_it_is_asked_for() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Counted(Arc<AtomicU32>, Vec<u8>);
    impl sealjar_session::adapter::CookieHeaders for Counted {
        fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8])) {
            self.0.fetch_add(1, Ordering::Relaxed);
            visit(&self.1);
        }
    }
    let (_, _, jar) = world::<Account>();
    let scans = Arc::new(AtomicU32::new(0));
    let counted = |text: &str| Counted(Arc::clone(&scans), text.into());
    let header = jar.cookie_for(&account("ada")).unwrap();

    let session = jar.open(counted(&header), FetchMetadata::default());
    assert!(lines(&session).is_empty());
    assert_eq!(scans.load(Ordering::Relaxed), 0);

    let session = jar.open(
        counted(&format!("{NAME}=garbage")),
        FetchMetadata::default(),
    );
    for _ in 0..10 {
        assert_eq!(*session.get(), Account::default());
        assert!(!is_open(&session));
    }
    let once = scans.load(Ordering::Relaxed);
    session.update(|it| it.visits = 1).unwrap();
    _ = lines(&session);
    assert!(once > 0 && scans.load(Ordering::Relaxed) == once);
}
