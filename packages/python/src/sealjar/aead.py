"""The only module that names a cipher or draws random bytes.

Both suites use 24-byte nonces, so that they can be drawn at random for more tokens than anybody
will ever seal. XAES-256-GCM is that of C2SP: it derives a key for AES-256-GCM from the first half
of the nonce. XChaCha20-Poly1305 does the same with HChaCha20, which is plain Python here and slow:
some 80 microseconds a token.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import threading
from enum import Enum
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

NONCE = 24
TAG = 16


class Suite(Enum):
    """A cipher suite, by the name that a ring document gives it."""

    XAES_256_GCM = "xaes-256-gcm"
    XCHACHA20_POLY1305 = "xchacha20-poly1305"

    @property
    def version(self) -> int:
        """The version byte of the suite's tokens."""
        return 1 if self is Suite.XAES_256_GCM else 2

    @classmethod
    def from_version(cls, version: int) -> Suite | None:
        """Returns the suite of a token's version byte, `None` for a version that is not known."""
        return {1: cls.XAES_256_GCM, 2: cls.XCHACHA20_POLY1305}.get(version)

    @classmethod
    def from_name(cls, name: str) -> Suite | None:
        """Returns the suite with this name, `None` for one that this build does not know."""
        return next((suite for suite in cls if suite.value == name), None)


def random(count: int) -> bytes:
    """Draws bytes from the operating system's random source."""
    return os.urandom(count)


def lp16(data: bytes) -> bytes:
    """Puts the length before the bytes, in 16 bits."""
    return struct.pack(">H", len(data)) + data


def extract(secret: bytes) -> bytes:
    """Returns the pseudorandom key that everything else of a master secret is derived from."""
    return hmac.digest(b"sealjar/v1", secret, "sha256")


def key_id(prk: bytes, suite: Suite) -> bytes:
    """Computes the 16 bytes that name a key. They commit to secret and suite."""
    return _expand(prk, b"kid\0" + bytes([suite.version]))[:16]


def check_bytes(label: bytes, secret: bytes) -> bytes:
    """Returns the 4 bytes that tell a mistyped secret."""
    return hashlib.sha256(label + secret).digest()[:4]


def ring_id(pepper: bytes) -> bytes:
    """Computes the id of a ring whose document names none."""
    return hmac.digest(pepper, b"sealjar/v1 ring", "sha256")[:16]


def subject_hash(pepper: bytes, app: bytes, subject: bytes) -> bytes:
    """Hashes a person's name for the ring's list of revoked people."""
    message = b"sealjar/v1 subject\0" + lp16(app) + lp16(subject)
    return hmac.digest(pepper, message, "sha256")[:8]


class PurposeCipher(Protocol):
    """Seals and opens for one application and purpose."""

    def seal(self, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Returns ciphertext and tag."""

    def open(self, nonce: bytes, aad: bytes, sealed: bytes) -> bytes | None:
        """Returns the plaintext, `None` when it does not authenticate."""


def purpose_cipher(prk: bytes, suite: Suite, app: bytes, purpose: bytes) -> PurposeCipher:
    """Derives the key of one application and purpose."""
    info = b"key\0" + bytes([suite.version]) + lp16(app) + lp16(purpose)
    return cipher_of(suite, _expand(prk, info))


def cipher_of(suite: Suite, key: bytes) -> PurposeCipher:
    """Makes the cipher of a purpose key."""
    return _Xaes(key) if suite is Suite.XAES_256_GCM else _XChaCha(key)


class _Xaes:
    __slots__ = ("_blocks", "_cipher", "_first", "_second")

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(AES(key), ECB())
        # A context serves one thread at a time.
        self._blocks = _PerThread()
        block = int.from_bytes(self._encrypt(bytes(16)), "big")
        doubled = (block << 1) & ((1 << 128) - 1)
        if block >> 127:
            doubled ^= 0x87
        self._first = doubled ^ (0x00015800 << 96)
        self._second = doubled ^ (0x00025800 << 96)

    def seal(self, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        return self._derived(nonce).encrypt(nonce[12:], plaintext, aad)

    def open(self, nonce: bytes, aad: bytes, sealed: bytes) -> bytes | None:
        try:
            return self._derived(nonce).decrypt(nonce[12:], sealed, aad)
        except InvalidTag:
            return None

    def _derived(self, nonce: bytes) -> AESGCM:
        half = int.from_bytes(nonce[:12], "big")
        blocks = (self._first ^ half) << 128 | (self._second ^ half)
        return AESGCM(self._encrypt(blocks.to_bytes(32, "big")))

    def _encrypt(self, blocks: bytes) -> bytes:
        context = self._blocks.context
        if context is None:
            context = self._blocks.context = self._cipher.encryptor()
        return context.update(blocks)


class _PerThread(threading.local):
    context: CipherContext | None = None


class _XChaCha:
    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        return self._derived(nonce).encrypt(bytes(4) + nonce[16:], plaintext, aad)

    def open(self, nonce: bytes, aad: bytes, sealed: bytes) -> bytes | None:
        try:
            return self._derived(nonce).decrypt(bytes(4) + nonce[16:], sealed, aad)
        except InvalidTag:
            return None

    def _derived(self, nonce: bytes) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(hchacha20(self._key, nonce[:16]))


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    """Derives 32 bytes from a key and 16 bytes of nonce (draft-irtf-cfrg-xchacha, section 2.2)."""
    words = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))
    for _ in range(10):
        for a, b, c, d in _QUARTERS:
            wa, wb, wc, wd = words[a], words[b], words[c], words[d]
            wa = (wa + wb) & _32
            wd ^= wa
            wd = (wd << 16 | wd >> 16) & _32
            wc = (wc + wd) & _32
            wb ^= wc
            wb = (wb << 12 | wb >> 20) & _32
            wa = (wa + wb) & _32
            wd ^= wa
            wd = (wd << 8 | wd >> 24) & _32
            wc = (wc + wd) & _32
            wb ^= wc
            wb = (wb << 7 | wb >> 25) & _32
            words[a], words[b], words[c], words[d] = wa, wb, wc, wd
    return struct.pack("<8I", *words[:4], *words[12:])


def _expand(prk: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 Expand (RFC 5869), the first 32 bytes."""
    return hmac.digest(prk, info + b"\x01", "sha256")


_QUARTERS = (
    (0, 4, 8, 12),
    (1, 5, 9, 13),
    (2, 6, 10, 14),
    (3, 7, 11, 15),
    (0, 5, 10, 15),
    (1, 6, 11, 12),
    (2, 7, 8, 13),
    (3, 4, 9, 14),
)
_32 = 0xFFFF_FFFF
