"""What does a ring say, before it is checked?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sealjar import clock
from sealjar.clock import Timestamp
from sealjar.revocation import Revocations
from sealjar.ring_key import RingKey

MAX_KEYS = 64
MAX_APPS = 64
MAX_EPOCH = clock.MAX + 86_400


@dataclass(frozen=True)
class Timing:
    """The times of the rotation protocol, in seconds."""

    rotate_every: int
    distribution: int
    skew: int


@dataclass(frozen=True)
class NextKey:
    """What the next key of a ring will be."""

    lifetime: int
    early: bool


@dataclass(frozen=True)
class RingHead:
    """What a ring document says apart from its keys and revocations."""

    name: str
    epoch: int
    issued_at: Timestamp
    timing: Timing
    id: str | None = None
    next_key: NextKey | None = None
    apps: frozenset[str] = frozenset()
    critical: tuple[str, ...] = ()


class RingDraft(NamedTuple):
    """What a ring document says. `KeyRing(*draft)` checks it."""

    head: RingHead
    keys: Sequence[RingKey]
    revocations: Revocations
