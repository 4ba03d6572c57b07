//! How long is a token, what is refused before one is made, and what remains after a refusal?

use std::collections::HashSet;
use std::process::Command;
use std::time::Duration;

use super::{DAY, SUITES, at, base64url, draft, forge, inner, key, open_raw, sealer, standby};
use crate::aead::{Backend, Forged, PurposeCipher, RandomError, Suite};
use crate::context::Context;
use crate::error::{ContextError, OpenError, SealError};
use crate::sealer::{Sealer, Wanted};
use crate::token::Token;

#[test]
fn the_length_told_is_the_length_of_the_token() {
    let plain = sealer(key(Suite::Xaes256Gcm, 7), &context());
    for bucket in [1, 2, 16, 64, 256] {
        let sealer = plain.padded_to(bucket).unwrap();
        for length in 0..=600 {
            let token = seal(&sealer, &vec![b'x'; length]).unwrap();
            let told = Sealer::sealed_len(length, bucket);
            assert_eq!(token.to_string().len(), told, "{length} in {bucket}");
            assert_eq!(told, base64url::encode(token.raw()).len());
            assert_eq!(told, token.text_len());
            let inner = token.inner().len();
            assert_eq!(inner % usize::from(bucket), 0, "{length} in {bucket}");
            // A whole bucket of padding would be waste, and give one payload a second length.
            assert!(inner < 13 + length + usize::from(bucket));
            // Readers do not need to know the bucket.
            let opened = plain.open_token_at(&token, at(150)).unwrap();
            assert_eq!(opened.payload().len(), length);
        }
    }
}

#[test]
fn payloads_in_one_bucket_give_tokens_of_one_length() {
    let padded = sealer(key(Suite::Xaes256Gcm, 7), &context())
        .padded_to(64)
        .unwrap();
    let length = |payload| seal(&padded, &vec![0; payload]).unwrap().to_string().len();
    // 12 bytes of times and one mark leave 51 of 64.
    assert!((0..=51).all(|payload| length(payload) == length(0)));
    assert!((52..=115).all(|payload| length(payload) == length(52)));
    assert_ne!(length(51), length(52));
    assert_eq!(
        padded.padded_to(0).unwrap_err(),
        ContextError::NoPaddingBucket
    );
}

#[test]
fn a_payload_of_marks_and_zeros_comes_back_whole() {
    for bucket in [1, 16, 64] {
        let sealer = sealer(key(Suite::XChaCha20Poly1305, 7), &context())
            .padded_to(bucket)
            .unwrap();
        for payload in [
            &[0; 40][..],
            &[0x80; 40],
            &[0x80, 0, 0, 0x80, 0],
            &[0x80, 0, 0],
            &[0],
        ] {
            let token = seal(&sealer, payload).unwrap();
            let opened = sealer.open_token_at(&token, at(150)).unwrap();
            assert_eq!(opened.payload(), payload, "{bucket}");
        }
    }
}

#[test]
fn a_mark_counts_at_offset_12_or_later_and_with_nothing_but_zeros_after_it() {
    let sealer = sealer(key(Suite::Xaes256Gcm, 7), &context());
    let open = |inner: &[u8]| {
        let raw = forge(&key(Suite::Xaes256Gcm, 7), "shop", "login", inner);
        open_raw(&sealer, &raw, 150)
    };
    let times = inner(100, 100, 200, b"")[..12].to_vec();
    for length in 13..40 {
        for mark in 0..length {
            let mut inner = times.clone();
            inner.resize(length, 0);
            inner[mark] = 0x80;
            inner[mark + 1..].fill(0);
            let opened = open(&inner);
            if mark < 12 {
                assert_eq!(opened.unwrap_err().kind().as_str(), "malformed_inner");
                continue;
            }
            assert_eq!(opened.unwrap().payload().len(), mark - 12);
            for stray in mark + 1..length {
                for value in [0x01, 0x40, 0x7F, 0x81, 0xFF] {
                    inner[stray] = value;
                    assert_eq!(open(&inner).unwrap_err().kind().as_str(), "malformed_inner");
                }
                inner[stray] = 0;
            }
        }
    }
    assert_eq!(
        open(&[0; 40]).unwrap_err().kind().as_str(),
        "malformed_inner"
    );
}

#[test]
fn the_greatest_payload_is_sealed_and_one_byte_more_is_refused() {
    Backend::each(|| {
        let plain = sealer(key(Suite::Xaes256Gcm, 7), &context());
        // 12 288 characters are 9216 bytes; a bucket of 1024 leaves room for 8 * 1024 - 13, because
        // the header and the tag are not padded.
        for (bucket, greatest) in [(1, 9146), (1024, 8 * 1024 - 13), (4096, 2 * 4096 - 13)] {
            let sealer = plain.padded_to(bucket).unwrap();
            let token = seal(&sealer, &vec![0xAB; greatest]).unwrap();
            let text = token.to_string();
            assert!(text.len() <= Token::MAX_LEN);
            assert_eq!(Token::parse(&text), Ok(token.clone()));
            let opened = sealer.open_token_at(&token, at(150)).unwrap();
            assert_eq!(opened.payload(), vec![0xAB; greatest]);
            assert_eq!(
                seal(&sealer, &vec![0xAB; greatest + 1]),
                Err(SealError::TooLarge {
                    size: Sealer::sealed_len(greatest + 1, bucket),
                    limit: 12_288
                })
            );
        }
        // The limit is exact to the character.
        assert_eq!(Sealer::sealed_len(9146, 1), Token::MAX_LEN);
        // A bucket larger than any token is not an error by itself, but seals nothing.
        let nothing = seal(&plain.padded_to(u16::MAX).unwrap(), b"");
        assert!(matches!(nothing, Err(SealError::TooLarge { .. })));
    });
}

#[test]
fn texts_outside_the_limits_are_malformed_and_those_at_the_limits_are_not() {
    assert_eq!((Token::MIN_LEN, Token::MAX_LEN), (94, 12_288));
    for (length, wanted) in [
        (0, Some(OpenError::Malformed)),
        (92, Some(OpenError::Malformed)),
        (93, Some(OpenError::Malformed)),
        (94, None),
        (12_288, None),
        (12_289, Some(OpenError::Malformed)),
        (12_290, Some(OpenError::Malformed)),
        (1 << 20, Some(OpenError::Malformed)),
        // One character is left over: no number of bytes has this encoding.
        (97, Some(OpenError::Malformed)),
    ] {
        // Version 1 followed by zeros.
        let text = "AQ".bytes().chain(std::iter::repeat(b'A'));
        let parsed = Token::parse(text.take(length).collect::<Vec<_>>());
        assert_eq!(parsed.err(), wanted, "{length}");
    }
}

#[test]
fn a_failing_generator_gives_an_error_and_no_token() {
    for suite in SUITES {
        let broken = sealer(key(suite, 7), &context()).seal_with(b"payload", wanted(), || {
            Err(RandomError::new("the generator is broken"))
        });
        let error = broken.map(|sealed| sealed.0).unwrap_err();
        assert_eq!(
            error,
            SealError::Random(RandomError::new("the generator is broken"))
        );
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn a_ring_without_a_key_that_seals_now_seals_nothing() {
    let ring = draft(1, vec![standby(key(Suite::Xaes256Gcm, 7))]);
    let waiting = sealer(ring.build().unwrap(), &context());
    let mut drawn = false;
    let refused = waiting.seal_with(b"payload", wanted(), || {
        drawn = true;
        Ok([0; 24])
    });
    assert_eq!(refused.map(|sealed| sealed.0), Err(SealError::NoSealingKey));
    assert!(!drawn, "no nonce is drawn for nothing");
    assert_eq!(waiting.longest_ttl_at(at(100)), None);
}

#[test]
fn a_time_to_live_is_cut_to_what_the_key_allows() {
    let sealer = sealer(key(Suite::Xaes256Gcm, 7), &context());
    assert_eq!(sealer.longest_ttl_at(at(100)), Some(DAY));
    for (seconds, expires_at) in [(0, 100), (1, 101), (86_400, 86_500), (86_401, 86_500)] {
        let token = sealer
            .seal_at(b"", Duration::from_secs(seconds), at(100))
            .unwrap();
        assert_eq!(
            sealer.open_token_at(&token, at(expires_at)).unwrap_err(),
            OpenError::Expired
        );
        if expires_at > 100 {
            let opened = sealer.open_token_at(&token, at(expires_at - 1)).unwrap();
            assert_eq!(opened.expires_at(), at(expires_at));
        }
    }
    let forever = sealer.seal_at(b"", Duration::MAX, at(100)).unwrap();
    assert_eq!(
        sealer
            .open_token_at(&forever, at(200))
            .unwrap()
            .expires_at(),
        at(86_500)
    );
}

#[test]
fn the_buffer_holds_no_plaintext_after_a_refusal() {
    Backend::each(|| {
        for suite in SUITES {
            let cipher = PurposeCipher::new(suite, &[7; 32]);
            let plaintext = *b"a secret that must not be left behind";
            let mut sealed = plaintext;
            let tag = cipher.seal(&[1; 24], b"aad", &mut sealed);

            let mut wrong_tag = tag;
            wrong_tag[15] ^= 1;
            for (aad, tag) in [(&b"aad"[..], wrong_tag), (b"other", tag)] {
                let mut buffer = sealed;
                let opened = cipher.open(&[1; 24], aad, &mut buffer, &tag);
                assert_eq!(opened, Err(Forged), "{suite:?}");
                assert_eq!(buffer, [0; 37], "{suite:?}");
            }

            let mut buffer = sealed;
            assert_eq!(cipher.open(&[1; 24], b"aad", &mut buffer, &tag), Ok(()));
            assert_eq!(buffer, plaintext, "{suite:?}");
        }
    });
}

/// A real fork needs `unsafe`, which this crate forbids. A fork is dangerous if a generator is kept
/// in the process's memory, because both processes would continue from its state. There is none:
/// each draw is a system call. The test can only check that processes started from the same image,
/// and draws within one process, all differ.
#[test]
fn parent_and_children_never_share_a_nonce() {
    const CHILD: &str = "SEALJAR_TEST_PRINTS_NONCES";
    const PER_PROCESS: usize = 2_000;
    let nonces = || {
        let sealer = sealer(key(Suite::Xaes256Gcm, 7), &context());
        (0..PER_PROCESS).map(move |_| {
            let token = seal(&sealer, b"").unwrap();
            base64url::encode(&token.raw()[17..41])
        })
    };
    if std::env::var_os(CHILD).is_some() {
        return nonces().for_each(|nonce| println!("nonce={nonce}"));
    }

    let children = [(); 2].map(|()| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg("tests::limits::parent_and_children_never_share_a_nonce")
            .env(CHILD, "1")
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    });
    let mut seen: HashSet<String> = nonces().collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        seen.extend(
            text.lines()
                .filter_map(|line| line.split_once("nonce="))
                .map(|(_, nonce)| nonce.to_owned()),
        );
    }
    assert_eq!(seen.len(), 3 * PER_PROCESS);
}

fn context() -> Context {
    Context::new("shop", "login")
}

fn wanted() -> Wanted {
    Wanted {
        born: at(100),
        expires_at: at(200),
        now: at(100),
    }
}

fn seal(sealer: &Sealer, payload: &[u8]) -> Result<Token, SealError> {
    sealer
        .seal_with(payload, wanted(), crate::aead::random)
        .map(|sealed| sealed.0)
}
