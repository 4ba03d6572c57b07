"""Which secrets does everybody know? Those of sealjar's repository, and those that nobody draws."""

from __future__ import annotations

from itertools import pairwise

from sealjar import aead, base64url
from sealjar.aead import Suite

REASON = (
    "is no secret: the tests or examples of sealjar have it, or it follows a pattern, and anybody "
    "can forge sessions with it. Make a ring of your own with `sealjar init`"
)


def is_published(secret: bytes) -> bool:
    """Returns whether a secret of 32 bytes is known to everybody."""
    # Whatever it is used for, its id as a key of one suite names it.
    key_id = base64url.encode(aead.key_id(aead.extract(secret), Suite.XAES_256_GCM))
    seed = secret[0] ^ known_secret(0)[0]
    return key_id in PUBLISHED or _has_even_steps(secret) or secret == known_secret(seed)


def known_secret(seed: int) -> bytes:
    """Returns one of 256 secrets that everybody knows, and that no text has by chance."""
    return bytes(((0xA5 + 37 * at) & 0xFF) ^ seed for at in range(32))


def _has_even_steps(secret: bytes) -> bool:
    """Nobody draws 32 bytes that are all alike or count up; people type them."""
    return len({(after - before) & 0xFF for before, after in pairwise(secret)}) == 1


PUBLISHED = frozenset(
    {
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
    }
)
"""The ids of the secrets that are in the repository.

A test compares them with the Rust crate's.
"""
