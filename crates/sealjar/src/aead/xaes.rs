//! How does a key accept nonces of 24 bytes when AES-256-GCM takes 12? It derives a key from the
//! first half.
//!
//! ```text
//! L  = AES256_K(0^128)        K1 = L << 1, last byte xor 87 if the top bit of L was set
//! Kx = AES256_K((00 01 58 00 ‖ N[0..12]) xor K1) ‖ AES256_K((00 02 58 00 ‖ N[0..12]) xor K1)
//! ciphertext ‖ tag = AES-256-GCM(key = Kx, nonce = N[12..24], plaintext, AAD)  C2SP XAES-256-GCM
//! ```

use aes_gcm::KeyInit;
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::aes::{Aes256Enc, Block};
use zeroize::{Zeroize, Zeroizing};

use super::{Forged, backend};

/// XAES-256-GCM under one key.
pub(super) struct Xaes {
    aes: Aes256Enc,
    k1: Zeroizing<[u8; 16]>,
}

impl Xaes {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let aes = Aes256Enc::new(key.into());
        let mut l = Block::default();
        aes.encrypt_block(&mut l);
        let l128 = u128::from_be_bytes(l.into());
        l.as_mut_slice().zeroize();
        let reduction = 0x87 * (l128 >> 127);
        Self {
            aes,
            k1: Zeroizing::new(((l128 << 1) ^ reduction).to_be_bytes()),
        }
    }

    pub(super) fn seal(&self, nonce: &[u8; 24], aad: &[u8], buffer: &mut [u8]) -> [u8; 16] {
        let (first, second) = halves(nonce);
        backend::seal(&self.key_for(first).0, second, aad, buffer)
    }

    pub(super) fn open(
        &self,
        nonce: &[u8; 24],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Forged> {
        let (first, second) = halves(nonce);
        backend::open(&self.key_for(first).0, second, aad, buffer, tag)
    }

    /// Derives the key for the first half of a nonce.
    fn key_for(&self, nonce: &[u8; 12]) -> NonceKey {
        let mut key = NonceKey([0; 32]);
        // Encrypted in place, so that there is one copy to wipe.
        let (blocks, _) = Block::slice_as_chunks_mut(&mut key.0);
        for (block, counter) in blocks.iter_mut().zip(1..) {
            block.copy_from_slice(&*self.k1);
            block[1] ^= counter;
            block[2] ^= b'X';
            for (byte, nonce) in block[4..].iter_mut().zip(nonce) {
                *byte ^= nonce;
            }
        }
        self.aes.encrypt_blocks(blocks);
        key
    }
}

/// The key for the first half of a nonce. It is wiped like the master key, because it seals under
/// every nonce with that half, and as a whole: `Zeroizing` wipes an array byte by byte.
struct NonceKey([u8; 32]);

impl Drop for NonceKey {
    fn drop(&mut self) {
        zeroize::zeroize_bytes(&mut self.0);
    }
}

fn halves(nonce: &[u8; 24]) -> (&[u8; 12], &[u8; 12]) {
    let (halves, _) = nonce.as_chunks();
    (&halves[0], &halves[1])
}
