//! Can one token be made that opens under two keys?
//!
//! Neither cipher commits to its key: an attacker who knows two keys can make one ciphertext and
//! tag that authenticate under both. Tokens are safe because the key id commits to the key (HKDF
//! computes it from the key), because opening looks up exactly one key by that id, and because the
//! id is authenticated. This test carries out the attack for AES-GCM, where it is one equation. For
//! Poly1305 it is a search, and the defence does not depend on the suite.

use super::{SUITES, additional_data, header, inner, key, open_raw, ring, sealer, sealing_since};
use crate::aead::{Backend, PurposeCipher, Suite};
use crate::context::Context;
use crate::error::OpenError;
use crate::key::Key;

#[test]
fn a_token_that_authenticates_under_two_raw_keys_opens_under_one() {
    Backend::each(|| {
        let keys = [7, 8].map(|seed| key(Suite::Xaes256Gcm, seed));
        let nonce = [0x5A; 24];
        // Twelve bytes of times, four of payload, sixteen that the attack chooses, payload and the
        // mark.
        let plaintext = inner(100, 100, 200, b"pay.................payload");
        for [own, other] in [[0, 1], [1, 0]] {
            let header = header(&keys[own], &nonce);
            let aad = additional_data(&header, "", b"");
            let (ciphertext, tag) = collide(
                &[&keys[own], &keys[other]].map(|key| key.purpose_cipher(APP, PURPOSE)),
                &nonce,
                &aad,
                &plaintext,
            );

            // The attack works: both bare ciphers accept it with the same additional data.
            for key in &keys {
                let mut buffer = ciphertext.clone();
                let cipher = key.purpose_cipher(APP, PURPOSE);
                assert_eq!(cipher.open(&nonce, &aad, &mut buffer, &tag), Ok(()));
            }

            // As a token it opens under the one key that it names.
            let raw = [&header[..], &ciphertext, &tag].concat();
            let both = rings_with(&[7, 8]);
            let opened = open_raw(&both, &raw, 150).unwrap();
            assert_eq!(opened.key_id(), keys[own].id());
            assert!(opened.payload().ends_with(b"payload"));
            let only_other = rings_with(&[[7, 8][other]]);
            assert_eq!(
                open_raw(&only_other, &raw, 150).unwrap_err(),
                OpenError::UnknownKey(keys[own].id())
            );
            let mut renamed = raw;
            renamed[1..17].copy_from_slice(keys[other].id().bytes());
            for sealer in [both, only_other] {
                assert_eq!(
                    open_raw(&sealer, &renamed, 150).unwrap_err(),
                    OpenError::Forged
                );
            }
        }
    });
}

#[test]
fn a_token_under_the_id_of_another_key_of_the_ring_never_opens() {
    Backend::each(|| {
        for suite in SUITES {
            let keys: Vec<Key> = (0..64).map(|seed| key(suite, seed)).collect();
            let ids: Vec<_> = keys.iter().map(Key::id).collect();
            let ring = ring(
                1,
                keys.into_iter().map(|key| sealing_since(key, 0)).collect(),
            );
            let sealer = sealer(ring, &Context::new(APP, PURPOSE));
            let genuine = super::seal_with_times(&sealer, 100, 100, 200);
            let mut opened = 0;
            for id in ids {
                let mut raw = genuine.raw().to_vec();
                raw[1..17].copy_from_slice(id.bytes());
                match open_raw(&sealer, &raw, 150) {
                    Ok(_) => opened += 1,
                    Err(error) => assert_eq!(error, OpenError::Forged),
                }
            }
            assert_eq!(opened, 1, "its own id and no other");
        }
    });
}

const APP: &str = "shop";
const PURPOSE: &str = "login";

fn rings_with(seeds: &[u8]) -> crate::Sealer {
    let keys = seeds
        .iter()
        .map(|seed| sealing_since(key(Suite::Xaes256Gcm, *seed), 0))
        .collect();
    sealer(ring(1, keys), &Context::new(APP, PURPOSE))
}

/// Makes a ciphertext whose tag is the same under both ciphers. Its plaintext is the wanted one
/// under the first cipher, except for the second block, which solves the equation.
///
/// With H and S = AES(J0) of each key, a tag is `polynomial(H) + S`, and the second block
/// contributes `block * H^power`. So the two tags are equal if `block = (tag without it of the
/// first + ... of the second) / (H1^power + H2^power)`.
fn collide(
    ciphers: &[PurposeCipher; 2],
    nonce: &[u8; 24],
    aad: &[u8],
    plaintext: &[u8],
) -> (Vec<u8>, [u8; 16]) {
    let masks = ciphers
        .each_ref()
        .map(|cipher| u128::from_be_bytes(cipher.seal(nonce, b"", &mut [])));
    let hash_keys = [0, 1].map(|at: usize| {
        // One block of zeros as additional data leaves only the length block: tag = length * H + S.
        let tag = u128::from_be_bytes(ciphers[at].seal(nonce, &[0; 16], &mut []));
        multiply(tag ^ masks[at], invert(128 << 64))
    });
    let tag_under =
        |at: usize, ciphertext: &[u8]| ghash(hash_keys[at], aad, ciphertext) ^ masks[at];

    let mut ciphertext = plaintext.to_vec();
    ciphers[0].seal(nonce, aad, &mut ciphertext);
    ciphertext[BLOCK].fill(0);
    let blocks_after = ciphertext.len().div_ceil(16) - 2;
    let power = |hash_key| (0..blocks_after + 2).fold(ONE, |power, _| multiply(power, hash_key));
    let difference = tag_under(0, &ciphertext) ^ tag_under(1, &ciphertext);
    let block = multiply(
        difference,
        invert(power(hash_keys[0]) ^ power(hash_keys[1])),
    );
    ciphertext[BLOCK].copy_from_slice(&block.to_be_bytes());

    let tag = tag_under(0, &ciphertext);
    assert_eq!(tag, tag_under(1, &ciphertext));
    (ciphertext, tag.to_be_bytes())
}

const BLOCK: std::ops::Range<usize> = 16..32;

fn ghash(hash_key: u128, aad: &[u8], ciphertext: &[u8]) -> u128 {
    let bits = |bytes: &[u8]| u128::try_from(8 * bytes.len()).unwrap();
    let blocks = aad
        .chunks(16)
        .chain(ciphertext.chunks(16))
        .map(|chunk| {
            let mut block = [0; 16];
            block[..chunk.len()].copy_from_slice(chunk);
            u128::from_be_bytes(block)
        })
        .chain([bits(aad) << 64 | bits(ciphertext)]);
    blocks.fold(0, |sum, block| multiply(sum ^ block, hash_key))
}

/// Multiplies in GF(2^128) as GCM writes its elements: the first bit is the coefficient of 1.
fn multiply(a: u128, b: u128) -> u128 {
    let mut product = 0;
    let mut shifted = b;
    for at in (0..128).rev() {
        if a >> at & 1 == 1 {
            product ^= shifted;
        }
        shifted = (shifted >> 1) ^ ((shifted & 1) * (0xE1 << 120));
    }
    product
}

/// Raises to 2^128 - 2, which by Fermat's little theorem is the inverse.
fn invert(element: u128) -> u128 {
    let mut square = element;
    let mut inverse = ONE;
    for _ in 1..128 {
        square = multiply(square, square);
        inverse = multiply(inverse, square);
    }
    assert_eq!(multiply(inverse, element), ONE);
    inverse
}

const ONE: u128 = 1 << 127;
