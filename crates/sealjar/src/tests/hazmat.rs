//! Do the functions for the other crates count, measure and draw as the public ones do?

use std::collections::HashSet;

use super::{at, key, ring, sealer, sealing_since};
use crate::__hazmat as hazmat;
use crate::__refusal_kinds;
use crate::aead::Suite;
use crate::context::{Context, SESSION};
use crate::refusal::{FIRST_SLOT_OF_SESSIONS, RefusalKind};
use crate::sealer::Sealer;

const NOW: u32 = 1_000;

fn shop() -> Sealer {
    let ring = ring(1, vec![sealing_since(key(Suite::Xaes256Gcm, 1), 0)]);
    sealer(ring, &Context::new("shop", SESSION))
}

#[test]
fn what_opened_uncounted_counts_once_somebody_has_judged_it() {
    let sealer = shop();
    let id = key(Suite::Xaes256Gcm, 1).id();
    let (token, _) = hazmat::seal_born(&sealer, b"x", at(1), at(NOW + 9), at(NOW)).unwrap();
    let text = token.to_string();
    let open = || hazmat::open_uncounted(&sealer, text.as_bytes(), at(NOW)).unwrap();
    let [good, bad] = [open(), open()];
    let counts = || {
        let uses = hazmat::uses::<Above>(&sealer);
        let key = uses.key(id).unwrap();
        let refused = [&key.refused, &uses.refused].map(|it| it.iter().collect::<Vec<_>>());
        (key.opened, refused)
    };
    assert_eq!(counts(), (0, [vec![], vec![]]));
    hazmat::count_opened(&good);
    assert_eq!(counts(), (1, [vec![], vec![]]));
    hazmat::count_refused(&sealer, Some(&bad), Above::TooOld);
    let too_old = vec![(Above::TooOld, 1)];
    assert_eq!(counts(), (1, [too_old.clone(), vec![]]));
    hazmat::count_refused(&sealer, None, Above::Torn);
    let torn = vec![(Above::Torn, 1)];
    assert_eq!(counts(), (1, [too_old, torn]));
    // An earlier refusal is counted where it is decided.
    assert!(hazmat::open_uncounted(&sealer, b"x", at(NOW)).is_err());
    assert_eq!(Above::TooOld.hint(), "it is too old");
    let malformed = Above::Token(RefusalKind::Malformed);
    assert_eq!(malformed.hint(), RefusalKind::Malformed.hint());
    let above = hazmat::uses::<Above>(&sealer).refused;
    assert_eq!(above.of(malformed), 1);
    assert_eq!(above.total(), 2);
    // A refusal of a crate above does not appear in a token's counts.
    let refused = sealer.uses().refused;
    assert_eq!(
        refused.iter().collect::<Vec<_>>(),
        [(RefusalKind::Malformed, 1)]
    );
    assert_eq!(refused.total(), 1);
}

__refusal_kinds! {
    /// Kinds of a crate above this one, like those of sealjar-session.
    pub(crate) enum Above, first_slot: FIRST_SLOT_OF_SESSIONS;
    TooOld = "too_old", "it is too old";
    Torn = "torn", "";
    .. Token(RefusalKind)
}

#[test]
fn the_length_told_is_that_of_a_token_under_the_sealers_padding() {
    for bucket in [1, 2, 64, 4_096] {
        let sealer = shop().padded_to(bucket).unwrap();
        for length in [0, 1, 50, 51, 52, 700] {
            let payload = vec![b'x'; length];
            let (token, _) =
                hazmat::seal_born(&sealer, &payload, at(NOW), at(NOW + 9), at(NOW)).unwrap();
            assert_eq!(hazmat::sealed_len(&sealer, length), token.to_string().len());
        }
    }
}

#[test]
fn no_two_sessions_are_drawn_the_same_id() {
    let drawn: HashSet<_> = (0..1_000)
        .map(|_| hazmat::draw_session_id().unwrap())
        .collect();
    assert_eq!(drawn.len(), 1_000);
}
