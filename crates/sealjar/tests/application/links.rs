//! Links in e-mails: sealed, opened, refused and counted.

use std::time::Duration;

use sealjar::{Context, LiveRing, OpenError, RefusalKind, SealError, Sealer, Token};

use super::{context, first_epoch, key, now, ring};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_link_opens_until_it_expires_and_only_where_it_was_made_for() {
    let live = LiveRing::new(ring(first_epoch()));
    let links = Sealer::new(&live, context()).unwrap();
    let link = links
        .seal_at(b"account 7", HOUR, now())
        .unwrap()
        .to_string();

    let opened = links.open_at(&link, now().saturating_add(3599)).unwrap();
    assert_eq!(opened.payload(), b"account 7");
    assert_eq!((opened.born(), opened.sealed_at()), (now(), now()));
    let late = links.open_at(&link, now().saturating_add(3600));
    assert_eq!(late.unwrap_err(), OpenError::Expired);

    for other in [
        Context::new("shop-test", "password-reset"),
        Context::new("shop-prod", "invitation"),
        context().binding("tenant"),
        context().cookie_name("link"),
    ] {
        let other = Sealer::new(&live, other).unwrap();
        assert_eq!(other.open_at(&link, now()).unwrap_err(), OpenError::Forged);
    }
}

#[test]
fn every_changed_character_is_refused_and_counted_under_the_kind_that_the_error_has() {
    let links = Sealer::new(key(), context()).unwrap();
    let link = links
        .seal_at(b"account 7", HOUR, now())
        .unwrap()
        .to_string();
    for at in 0..link.len() {
        let mut changed = link.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let before = links.uses();
        let kind = links.open_at(&changed, now()).unwrap_err().kind();
        let after = links.uses();
        let count = |uses: &sealjar::Uses| {
            let of_keys = uses.keys.iter().map(|key| key.refused.of(kind));
            uses.refused.of(kind) + of_keys.sum::<u64>()
        };
        assert_eq!(count(&after), count(&before) + 1, "{at}: {kind}");
    }
    assert_eq!(links.uses().keys[0].opened, 0);
}

#[test]
fn a_parsed_token_opens_as_its_text_does() {
    let links = Sealer::new(key(), context()).unwrap();
    let token = links.seal_at(b"", HOUR, now()).unwrap();
    let parsed = Token::parse(token.to_string()).unwrap();
    assert!(parsed == token);
    assert_eq!(links.open_token_at(&parsed, now()).unwrap().payload(), b"");
    assert_eq!(links.uses().key(token.key_id()).unwrap().opened, 1);
}

#[test]
fn a_payload_that_no_reader_would_take_is_not_sealed() {
    let links = Sealer::new(key(), context()).unwrap();
    assert!(links.seal_at(&[0; 9146], HOUR, now()).is_ok());
    let refused = links.seal_at(&[0; 9147], HOUR, now()).unwrap_err();
    assert!(
        matches!(refused, SealError::TooLarge { limit: 12_288, .. }),
        "{refused}"
    );
}

#[test]
fn every_kind_has_a_word_and_a_hint() {
    for kind in RefusalKind::all() {
        assert!(
            kind.as_str()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        );
        assert!(
            !kind.hint().is_empty() && !kind.hint().ends_with('.'),
            "{kind}"
        );
    }
}
