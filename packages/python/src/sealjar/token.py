"""What does a token look like from outside, before anything in it is believed?"""

from __future__ import annotations

from sealjar import base64url
from sealjar.aead import NONCE, TAG, Suite
from sealjar.errors import OpenError

MIN_LEN = 94
"""The least length of a token's text in characters."""
MAX_LEN = 12_288
"""The greatest length of a token's text in characters."""
HEADER = 1 + 16 + NONCE
INNER_MIN = 13


class Token:
    """A sealed value, or text from outside that is shaped like one.

    Nothing about it is trusted: only `Sealer.open` tells whether it authenticates. `str` gives its
    text; `repr` does not, because a token in a log can be replayed from there.
    """

    __slots__ = ("_text", "raw", "suite")

    def __init__(self, raw: bytes, suite: Suite, written: str | None = None) -> None:
        self.raw = raw
        self.suite = suite
        self._text = written

    @classmethod
    def parse(cls, written: str | bytes) -> Token:
        """Reads the text of a token. One token has one text.

        Raises `OpenError` of the kind `malformed` or `unknown_version`.
        """
        if isinstance(written, str):
            try:
                written = written.encode("ascii")
            except UnicodeEncodeError:
                raise OpenError("malformed") from None
        raw = base64url.decode(written) if MIN_LEN <= len(written) <= MAX_LEN else None
        if raw is None:
            raise OpenError("malformed")
        suite = Suite.from_version(raw[0])
        if suite is None:
            raise OpenError("unknown_version")
        return cls(raw, suite)

    @property
    def key_id(self) -> str:
        """The id of the key that the token says it was sealed with."""
        return base64url.encode(self.raw[1:17])

    @property
    def nonce(self) -> bytes:
        """The nonce it was sealed with."""
        return self.raw[17:HEADER]

    @property
    def header(self) -> bytes:
        """Version, key id and nonce: authenticated and sent in the clear."""
        return self.raw[:HEADER]

    @property
    def sealed(self) -> bytes:
        """Ciphertext and tag."""
        return self.raw[HEADER:]

    def __str__(self) -> str:
        if self._text is None:
            self._text = base64url.encode(self.raw)
        return self._text

    def __repr__(self) -> str:
        return f"Token({self.suite.value}, key {self.key_id}, {len(self.raw)} bytes)"


def sealed_len(payload: int, bucket: int = 1) -> int:
    """Returns the length in characters of a token with so many bytes of payload.

    >>> sealed_len(0)
    94
    """
    inner = -(-(INNER_MIN + payload) // bucket) * bucket
    return base64url.encoded_len(HEADER + inner + TAG)
