//! Is `aead/xaes.rs` XAES-256-GCM as C2SP specifies it?

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes256Enc;
use proptest::collection::vec;
use proptest::prelude::*;
use shake::{ExtendableOutput, Shake128, Update, XofReader};
use xaes_256_gcm::Xaes256Gcm;

use super::{unhex, unhex_array};
use crate::aead::{Backend, Forged, PurposeCipher, Suite};

#[test]
fn the_key_for_a_nonce_is_the_one_that_c2sp_gives() {
    Backend::each(|| {
        let derived: [u8; 32] =
            unhex_array("c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b");
        let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
        let mut expected = *b"any plaintext";
        let expected_tag = AesGcm::<Aes256Enc, U12>::new(&derived.into())
            .encrypt_inout_detached(
                nonce.last_chunk::<12>().unwrap().into(),
                b"any aad",
                (&mut expected[..]).into(),
            )
            .unwrap();

        let mut buffer = *b"any plaintext";
        let tag = xaes(&[1; 32]).seal(nonce, b"any aad", &mut buffer);
        assert_eq!(buffer, expected);
        assert_eq!(tag[..], expected_tag[..]);
    });
}

#[test]
fn the_short_message_is_sealed_as_c2sp_gives_it() {
    Backend::each(|| {
        let sealed = seal(
            &[3; 32],
            b"ABCDEFGHIJKLMNOPQRSTUVWX",
            b"XAES-256-GCM",
            b"c2sp.org/XAES-256-GCM",
        );
        let expected = "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d";
        assert_eq!(sealed, unhex(expected));
    });
}

#[test]
fn ten_thousand_messages_accumulate_to_the_answer_of_c2sp() {
    Backend::each(|| {
        assert_eq!(
            accumulated(10_000)[..],
            unhex("e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939")
        );
    });
}

/// `cargo test --release -p sealjar --all-features -- --ignored accumulated`
#[test]
#[ignore = "seconds in a release build, minutes in a debug build: it has a recipe of its own"]
fn a_million_messages_are_accumulated_to_the_answer_of_c2sp() {
    Backend::each(|| {
        assert_eq!(
            accumulated(1_000_000)[..],
            unhex("2163ae1445985a30b60585ee67daa55674df06901b890593e824b8a7c885ab15")
        );
    });
}

proptest! {
    #[test]
    fn the_xaes_256_gcm_crate_opens_what_we_seal_and_we_open_what_it_seals(
        key: [u8; 32],
        nonce: [u8; 24],
        aad in vec(any::<u8>(), 0..200),
        plaintext in vec(any::<u8>(), 0..600),
    ) {
        let peer = Xaes256Gcm::new(&key.into());

        let cipher = xaes(&key);
        for backend in Backend::ALL {
            backend.during(|| {
                let ours = seal_with(&cipher, &nonce, &plaintext, &aad);
                let (ciphertext, tag) = ours.split_last_chunk::<16>().unwrap();
                let mut buffer = ciphertext.to_vec();
                peer.decrypt_inout_detached(&nonce.into(), &aad, (&mut buffer[..]).into(), tag.into())
                    .unwrap();
                prop_assert_eq!(&buffer, &plaintext);

                let theirs_tag: [u8; 16] = peer
                    .encrypt_inout_detached(&nonce.into(), &aad, (&mut buffer[..]).into())
                    .unwrap()
                    .into();
                prop_assert_eq!(&[&buffer[..], &theirs_tag].concat(), &ours);
                prop_assert_eq!(cipher.open(&nonce, &aad, &mut buffer, &theirs_tag), Ok(()));
                prop_assert_eq!(&buffer, &plaintext);
                Ok(())
            })?;
        }
    }

    #[test]
    fn ours_and_the_xaes_256_gcm_crate_refuse_the_same_edit(
        key: [u8; 32],
        nonce: [u8; 24],
        plaintext in vec(any::<u8>(), 0..100),
        edited in 0_usize..116,
        mask in 1_u8..,
    ) {
        let cipher = xaes(&key);
        let edited = edited % (plaintext.len() + 16);
        for backend in Backend::ALL {
            backend.during(|| {
                let mut sealed = seal_with(&cipher, &nonce, &plaintext, b"aad");
                sealed[edited] ^= mask;
                let (ciphertext, tag) = sealed.split_last_chunk::<16>().unwrap();
                let mut buffer = ciphertext.to_vec();
                prop_assert_eq!(cipher.open(&nonce, b"aad", &mut buffer, tag), Err(Forged));
                let mut buffer = ciphertext.to_vec();
                prop_assert!(
                    Xaes256Gcm::new(&key.into())
                        .decrypt_inout_detached(&nonce.into(), b"aad", (&mut buffer[..]).into(), tag.into())
                        .is_err()
                );
                Ok(())
            })?;
        }
    }
}

fn xaes(key: &[u8; 32]) -> PurposeCipher {
    PurposeCipher::new(Suite::Xaes256Gcm, key)
}

fn seal(key: &[u8; 32], nonce: &[u8; 24], plaintext: &[u8], aad: &[u8]) -> Vec<u8> {
    seal_with(&xaes(key), nonce, plaintext, aad)
}

fn seal_with(cipher: &PurposeCipher, nonce: &[u8; 24], plaintext: &[u8], aad: &[u8]) -> Vec<u8> {
    let mut sealed = plaintext.to_vec();
    let tag = cipher.seal(nonce, aad, &mut sealed);
    sealed.extend_from_slice(&tag);
    sealed
}

/// One SHAKE-128 of an empty input gives keys, nonces, messages and additional data; another
/// absorbs everything that was sealed.
fn accumulated(iterations: u32) -> [u8; 32] {
    let mut begin = Shake128::default().finalize_xof();
    assert_eq!(read::<8>(&mut begin)[..], unhex("7f9c2ba4e88f827d"));

    let mut source = Shake128::default().finalize_xof();
    let mut sink = Shake128::default();
    for _ in 0..iterations {
        let key = read::<32>(&mut source);
        let nonce = read::<24>(&mut source);
        let plaintext = read_short(&mut source);
        let aad = read_short(&mut source);
        let sealed = seal(&key, &nonce, &plaintext, &aad);
        sink.update(&sealed);

        let (ciphertext, tag) = sealed.split_last_chunk::<16>().unwrap();
        let mut opened = ciphertext.to_vec();
        assert_eq!(xaes(&key).open(&nonce, &aad, &mut opened, tag), Ok(()));
        assert_eq!(opened, plaintext);
    }
    read(&mut sink.finalize_xof())
}

fn read<const N: usize>(source: &mut impl XofReader) -> [u8; N] {
    let mut bytes = [0; N];
    source.read(&mut bytes);
    bytes
}

/// Reads a length of one byte and that many bytes.
fn read_short(source: &mut impl XofReader) -> Vec<u8> {
    let [length] = read(source);
    let mut bytes = vec![0; usize::from(length)];
    source.read(&mut bytes);
    bytes
}
