//! `aes-gcm`, which is Rust throughout.

use aes_gcm::aead::consts::U12;
use aes_gcm::aes::Aes256Enc;
use aes_gcm::{AeadInOut, AesGcm, KeyInit};

use super::SHORT;
use crate::aead::Forged;

/// AES in the encrypting direction only, which is all that GCM needs.
type Gcm = AesGcm<Aes256Enc, U12>;

pub(in crate::aead) fn seal(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    buffer: &mut [u8],
) -> [u8; 16] {
    Gcm::new(key.into())
        .encrypt_inout_detached(nonce.into(), aad, buffer.into())
        .expect(SHORT)
        .into()
}

pub(in crate::aead) fn open(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; 16],
) -> Result<(), Forged> {
    Gcm::new(key.into())
        .decrypt_inout_detached(nonce.into(), aad, buffer.into(), tag.into())
        .map_err(|_| Forged)
}
