"""What is inside a token, and when is it believed?"""

from __future__ import annotations

import struct
from typing import NamedTuple

from sealjar.clock import Timestamp, later
from sealjar.errors import OpenError
from sealjar.ring_key import RingKey

TIMES = 12


class Times(NamedTuple):
    """The three times of a token, in seconds since 2025-01-01T00:00:00Z."""

    born: Timestamp
    sealed_at: Timestamp
    expires_at: Timestamp

    def check(self, key: RingKey, skew: int, now: Timestamp) -> None:
        """Raises `OpenError` when they contradict each other, the key or the clock."""
        if (
            self.expires_at < self.sealed_at
            or self.born > later(self.sealed_at, skew)
            or self.expires_at - self.sealed_at > key.lifetime
            or self.sealed_at > later(now, skew)
        ):
            raise OpenError("bad_time")
        if now >= self.expires_at:
            raise OpenError("expired")
        if key.seals_until is not None and self.sealed_at > later(key.seals_until, skew):
            raise OpenError("outside_key_window")


def write(times: Times, payload: bytes, bucket: int) -> bytes:
    """Lays out times, payload, the padding mark and zeros up to a multiple of the bucket."""
    inner = struct.pack(">3I", *times) + payload + b"\x80"
    return inner + bytes(-len(inner) % bucket)


def read(inner: bytes) -> tuple[Times, bytes]:
    """Splits what `write` laid out into times and payload."""
    end = len(inner.rstrip(b"\0")) - 1
    if end < TIMES or inner[end] != 0x80:
        raise OpenError("malformed_inner")
    return Times(*struct.unpack(">3I", inner[:TIMES])), inner[TIMES:end]
