"""Which key seals now, and which keys open?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealjar import base64url, clock
from sealjar.clock import Timestamp
from sealjar.cursor import MAX_REVOCATIONS
from sealjar.document import read
from sealjar.draft import MAX_EPOCH, MAX_KEYS, RingHead, Timing
from sealjar.errors import RingAhead, RingDocument
from sealjar.key import Key
from sealjar.revocation import Revocations
from sealjar.ring_key import Phase, RingKey


class KeyRing:
    """Holds 1 to 64 keys, when each seals and opens, and what is revoked.

    A ring cannot exist in a bad state: its constructor checks it, and `from_json` reads it.
    """

    __slots__ = ("_order", "_positions", "head", "keys", "revocations")

    def __init__(self, head: RingHead, keys: Sequence[RingKey], revocations: Revocations) -> None:
        self.head = head
        self.keys = tuple(keys)
        self.revocations = revocations
        self._positions = {key.id: at for at, key in enumerate(self.keys)}
        self._check()
        # The key that seals last comes first.
        started = [key for key in self.keys if key.seals_from is not None]
        self._order = sorted(started, key=_start, reverse=True)

    @classmethod
    def from_json(cls, document: bytes) -> KeyRing:
        """Reads a ring document, at most 500 000 bytes of JSON.

        Unknown fields are ignored unless the document names them under `critical`. Raises
        `RingError` with the place and the reason. No error repeats a value.
        """
        return cls(*read(document))

    @classmethod
    def of_key(cls, key: Key) -> KeyRing:
        """Makes a ring of one key that always seals, with tokens of at most 24 hours.

        For first steps and tests: it cannot rotate.

        >>> from sealjar import Key, KeyRing, Suite
        >>> KeyRing.of_key(Key.generate(Suite.XAES_256_GCM)).name
        'single'
        """
        only = RingKey(key.id, key.suite.value, key, 86_400, 0, clock.MIN, clock.MIN)
        head = RingHead("single", 0, clock.MIN, Timing(604_800, 300, 30))
        # Nothing can be revoked in a ring that nobody writes, so the pepper hides nothing.
        return cls(head, [only], Revocations(bytes(32), clock.MAX))

    @property
    def name(self) -> str:
        """The ring's name."""
        return self.head.name

    @property
    def epoch(self) -> int:
        """The epoch, which rises with every change."""
        return self.head.epoch

    @property
    def id(self) -> str:
        """Tells the ring from others of its name."""
        return self.head.id or base64url.encode(self.revocations.ring_id())

    def is_same_ring(self, other: KeyRing) -> bool:
        """Returns whether both are epochs of one ring: one name, and one id or a key in common."""
        shared = self._positions.keys() & other._positions.keys()
        return self.name == other.name and (self.id == other.id or bool(shared))

    def check_epoch(self, now: Timestamp) -> None:
        """Raises `RingAhead` when the epoch is more than a day ahead of a clock."""
        latest = now + 86_400
        if self.epoch > latest:
            raise RingAhead(self.epoch, latest)

    def key(self, key_id: str) -> RingKey | None:
        """Returns the key with this id, `None` when the ring has none."""
        at = self._positions.get(key_id)
        return None if at is None else self.keys[at]

    def sealing_key(self, now: Timestamp) -> RingKey | None:
        """Returns the key that seals at `now`.

        It may be of a suite that this build does not know, and then nothing can be sealed.
        """
        return next((key for key in self._order if key.seals_at(now)), None)

    def phase(self, key_id: str, now: Timestamp) -> Phase | None:
        """Returns what the key with this id does at `now`, `None` when the ring has no such key."""
        key = self.key(key_id)
        if key is None:
            return None
        if key.is_revoked:
            return "revoked"
        if key.is_spent(now):
            return "spent"
        if self.sealing_key(now) is key:
            return "sealing"
        if key.seals_from is None:
            return "standby"
        return "staged" if now < key.seals_from else "opening"

    def rotation_expected_by(self) -> Timestamp | None:
        """Returns the last second in which the next rotation is in time.

        After it, the keeper does not work. `None` when no key has been given a time to seal from.
        """
        newest = next((key for key in self._order if not key.is_revoked), None)
        if newest is None or newest.seals_from is None:
            return None
        timing = self.head.timing
        pause = timing.rotate_every + timing.distribution + min(2 * timing.skew, clock.MAX)
        return clock.later(newest.seals_from, pause)

    def same_content(self, other: KeyRing) -> bool:
        """Compares what two documents say, not how they are written."""
        return (
            self.head == other.head
            and self.revocations.content() == other.revocations.content()
            and [key.content() for key in self.keys] == [key.content() for key in other.keys]
        )

    def _check(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise RingDocument("ring", "must be 1 to 24 of a-z, 0-9 and -")
        if not 1 <= len(self.keys) <= MAX_KEYS:
            raise RingDocument("keys", f"holds {len(self.keys)} keys, 1 to 64 are allowed")
        if self.epoch > MAX_EPOCH:
            raise RingDocument("epoch", f"must be at most {MAX_EPOCH}")
        first: dict[str, int] = {}
        for at, key in enumerate(self.keys):
            key.check(at)
            twin = first.setdefault(key.id, at)
            if twin != at:
                raise RingDocument(f"keys[{at}].id", f"is also the id of keys[{twin}]")
        if self.revocations.entries > MAX_REVOCATIONS:
            raise RingDocument(
                "revocations",
                f"holds {self.revocations.entries} entries, at most {MAX_REVOCATIONS} are allowed: "
                "raise the floor on purpose instead",
            )

    def __repr__(self) -> str:
        return f"KeyRing({self.head}, keys={self.keys}, {self.revocations})"


def _start(key: RingKey) -> tuple[Timestamp, bytes]:
    # Ids are compared as the bytes they stand for, not as their text.
    return (key.seals_from or 0, base64url.decode(key.id.encode()) or b"")


_NAME = re.compile("[a-z0-9-]{1,24}")
