//! Attack or mistake: a birth in the future, made with a leaked key or by a fast clock.

use sealjar_session::Session;

use crate::support::{
    APP, Account, Browser, Forger, SKEW, START, account, at, change_ring, is_open, open, refusal,
    world,
};

/// The person logs in where the clock is ahead, and continues where it is behind: both by no more
/// than the skew.
#[test]
fn a_birth_that_lies_ahead_survives_a_write_by_a_clock_that_is_behind() {
    let acts: [fn(&Session<Account>); 2] = [
        |session| session.update(|it| it.visits += 1).unwrap(),
        |session| session.renew(),
    ];
    let now = START + 100;
    for act in acts {
        for behind in [0, 1, SKEW] {
            let (ring, time, jar) = world::<Account>();
            change_ring(&ring, |draft| {
                let lists = &mut draft.revocations;
                lists.revoke_subject(APP, "ada", at(now + SKEW)).unwrap();
            });
            time.set(now);
            let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
            time.set(now - behind);
            browser.visit(&jar, |session| {
                assert!(is_open(session));
                act(session);
            });
            for clock in [now - behind, now, now + SKEW] {
                time.set(clock);
                assert_eq!(refusal(&browser.request(&jar)), None, "{behind} {clock}");
            }
            // The negative control: sealed at the time of that clock.
            let forger = Forger {
                born: now + SKEW,
                sealed_at: now - behind,
                ..Forger::new(&ring)
            };
            let refused = refusal(&open(&jar, forger.header_of(&account("ada"))));
            assert_eq!(refused, (behind > 0).then_some("bad_time"));
        }
    }
}

/// The most that a leaked key can do until its revocation is known: on the fastest replica, with
/// the latest birth.
#[test]
fn a_floor_ends_what_was_forged_and_sealed_again_when_it_comes_twice_the_skew_later() {
    let (ring, time, jar) = world::<Account>();
    let keeper = START + 100;
    let fastest = keeper + SKEW;
    let forged = |born, sealed_at| {
        let forger = Forger {
            born,
            sealed_at,
            ..Forger::new(&ring)
        };
        forger.header_of(&account("ada"))
    };
    time.set(fastest);
    let latest = (fastest + 2 * SKEW, fastest + SKEW);
    for (born, sealed_at) in [(latest.0 + 1, latest.1), (latest.0 + 1, latest.1 + 1)] {
        let refused = refusal(&open(&jar, forged(born, sealed_at)));
        assert_eq!(refused, Some("bad_time"), "no later birth is taken");
    }
    let mut thief = Browser::with(&forged(latest.0, latest.1));
    thief.visit(&jar, |session| {
        assert!(is_open(session));
        session.update(|it| it.visits += 1).unwrap();
    });
    // The first two rows are the negative control: a floor that comes too early is below that
    // birth.
    for (waited, refused) in [
        (SKEW, None),
        (2 * SKEW, None),
        (2 * SKEW + 1, Some("revoked_all")),
    ] {
        time.set(keeper + waited);
        change_ring(&ring, |draft| {
            // As the keeper does for `revoke --before now`.
            draft.revocations.floor = Some(at(keeper + waited + SKEW));
        });
        assert_eq!(refusal(&thief.request(&jar)), refused, "{waited}");
    }
}
