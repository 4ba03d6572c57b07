"""How are bytes written as text? base64url without padding, one spelling for each value."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from re import compile as _compile


def encoded_len(count: int) -> int:
    """Returns the number of characters that `count` bytes take."""
    return (count * 4 + 2) // 3


def encode(data: bytes) -> str:
    """Writes bytes as base64url."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: bytes) -> bytes | None:
    """Reads canonical text: no padding, no white space, unused trailing bits zero."""
    if _ALPHABET.fullmatch(text) is None:
        return None
    try:
        data = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except Error:
        return None
    # Only the last group can have unused bits.
    tail = len(text) % 4
    if tail and urlsafe_b64encode(data[-(tail - 1) :]).rstrip(b"=") != text[-tail:]:
        return None
    return data


def decode_exactly(text: str, count: int) -> bytes | None:
    """Reads canonical text of exactly `count` bytes."""
    if len(text) != encoded_len(count) or not text.isascii():
        return None
    return decode(text.encode("ascii"))


_ALPHABET = _compile(rb"[A-Za-z0-9_-]*")
