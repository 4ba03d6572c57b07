"""What is a key, and how is it named?"""

from __future__ import annotations

from typing import NoReturn

from sealjar import aead, base64url
from sealjar.aead import PurposeCipher, Suite
from sealjar.published import is_published


class Key:
    """Holds what is derived from a master secret of 32 bytes, and the suite it belongs to.

    The secret itself is not kept. There is no way to print, copy or pickle a key; `repr` shows its
    id. Python cannot wipe memory: what a process has read stays in it until it ends.

    >>> from sealjar import Key, Suite
    >>> len(Key.generate(Suite.XAES_256_GCM).id)
    22
    """

    __slots__ = ("_prk", "id", "is_published", "suite")

    def __init__(self, suite: Suite, secret: bytes) -> None:
        self._prk = aead.extract(secret)
        self.suite = suite
        self.id = base64url.encode(aead.key_id(self._prk, suite))
        """Names the key: 16 bytes computed from its secret, as 22 characters. It is no secret."""
        self.is_published = is_published(secret)
        """Whether everybody knows the secret."""

    @classmethod
    def generate(cls, suite: Suite) -> Key:
        """Draws a new key. For tests: replicas with keys of their own open nobody else's tokens."""
        return cls(suite, aead.random(32))

    def purpose_cipher(self, app: str, purpose: str) -> PurposeCipher:
        """Derives the cipher of one application and purpose."""
        return aead.purpose_cipher(self._prk, self.suite, app.encode(), purpose.encode())

    def __repr__(self) -> str:
        return f"Key({self.id}, {self.suite.value})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is never copied or pickled")


def secret_text(secret: bytes) -> str:
    """Writes a secret as ring documents have it."""
    return PREFIX + base64url.encode(secret + aead.check_bytes(_LABEL, secret))


def read_secret(written: str) -> bytes:
    """Reads a secret as ring documents have it.

    Raises `ValueError`, which repeats nothing of it.
    """
    if not written.startswith(PREFIX):
        raise ValueError(f'must begin with "{PREFIX}"')
    data = base64url.decode_exactly(written[len(PREFIX) :], 36)
    if data is None:
        raise ValueError(f'must be 48 characters of canonical base64url after "{PREFIX}"')
    if aead.check_bytes(_LABEL, data[:32]) != data[32:]:
        raise ValueError("the check bytes do not match the secret: it was cut or mistyped")
    return data[:32]


PREFIX = "sealjar-key-1_"
_LABEL = b"sealjar-key-1"
