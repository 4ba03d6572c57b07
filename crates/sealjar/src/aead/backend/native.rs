//! `ring`, whose AES-256-GCM is assembly.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};

use super::SHORT;
use crate::aead::Forged;

pub(in crate::aead) fn seal(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    buffer: &mut [u8],
) -> [u8; 16] {
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let tag = gcm(key)
        .seal_in_place_separate_tag(nonce, Aad::from(aad), buffer)
        .expect(SHORT);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

pub(in crate::aead) fn open(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; 16],
) -> Result<(), Forged> {
    let nonce = Nonce::assume_unique_for_key(*nonce);
    gcm(key)
        .open_in_place_separate_tag(nonce, Aad::from(aad), Tag::from(*tag), buffer, 0..)
        .map_err(|_| Forged)?;
    Ok(())
}

fn gcm(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes keys of 32 bytes");
    LessSafeKey::new(key)
}
