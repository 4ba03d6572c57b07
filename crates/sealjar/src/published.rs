//! Which secrets are public? Those in this repository, and those that people type instead of draw.

use crate::aead::{Prk, Suite};
use crate::base64url;

/// Whether rings may hold such secrets. In tests they do: known answers need known keys.
pub(crate) const ALLOWED: bool = cfg!(any(test, feature = "__test-keys"));

/// What an error says of a public secret.
pub(crate) const REASON: &str = "is no secret: it is in the tests or examples of sealjar, or follows a \
    pattern, and anyone who knows it can forge sessions. Make a ring of your own with `sealjar init`";

/// Returns whether a secret of 32 bytes is public.
pub(crate) fn is_published(secret: &[u8; 32]) -> bool {
    // A secret of any use is listed by the id that it would have as a key of one suite.
    let id = base64url::encode(&Prk::extract(secret).key_id(Suite::Xaes256Gcm));
    let is_listed = PUBLISHED.binary_search(&id.as_str()).is_ok();
    is_listed || has_even_steps(secret) || *secret == known_secret(secret[0] ^ known_secret(0)[0])
}

/// A random source does not produce 32 equal or consecutive bytes; people type them.
fn has_even_steps(secret: &[u8; 32]) -> bool {
    let mut steps = secret.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

/// Returns one of 256 public secrets, which do not occur in a text by chance.
pub(crate) fn known_secret(seed: u8) -> [u8; 32] {
    std::array::from_fn(|at| (0xA5 + 37 * at).to_le_bytes()[0] ^ seed)
}

/// The ids of the secrets in this repository, sorted. `tests/published.rs` looks for more.
pub(crate) const PUBLISHED: [&str; 14] = [
    "6_4yZD7WW9QUKkkE36pxTQ",
    "AYAabkBC-LyVvSZQBcQMHA",
    "H1hPYXaFMNdZ-OXA3NOCNA",
    "JFZQt5EaBQTNFg6Ew3tjKw",
    "RityjufwauoxFSLC-e2p1A",
    "SRcPKuKEVZhD-8kzFlReVw",
    "UlBy4sFZhLM3tVNJm0gfwA",
    "ZULSwDxOLaPx8dmF1jat1Q",
    "ZYWMFUR7B4ccfRzW_pR2SQ",
    "Zkdq172P7AUKLkLaUmov1w",
    "cDD3-gZ3sQmpGKDiCC9eAw",
    "gW3aVtCl0XLCFJj_uc6NxA",
    "hUPY1bwzqPfjv1LlmyyOwQ",
    "s4D0rywNV6kw79MrOs1prg",
];
