"""What is known of a token that opened?"""

from __future__ import annotations

from sealjar.clock import Timestamp
from sealjar.counters import KeyUses
from sealjar.errors import RefusalKind
from sealjar.plaintext import Times
from sealjar.ring import KeyRing
from sealjar.ring_key import RingKey


class Opened:
    """What was inside a token that authenticated, was in time and is not revoked.

    Times are seconds since 2025-01-01T00:00:00Z; `sealjar.clock.unix` makes Unix time of them.
    `repr` does not show the payload.
    """

    __slots__ = ("_app", "_key", "_ring", "_uses", "opened_at", "payload", "times")

    def __init__(
        self,
        payload: bytes,
        times: Times,
        opened_at: Timestamp,
        key: RingKey,
        ring: KeyRing,
        app: str,
        uses: KeyUses,
    ) -> None:
        self.payload = payload
        """What was sealed."""
        self.times = times
        self.opened_at = opened_at
        """When it was opened: the clock's time, or the one given."""
        self._key = key
        self._ring = ring
        self._app = app
        self._uses = uses

    @property
    def key_id(self) -> str:
        """The id of the key it was sealed with."""
        return self._key.id

    @property
    def born(self) -> Timestamp:
        """The start of its absolute lifetime: when it was first sealed."""
        return self.times.born

    @property
    def sealed_at(self) -> Timestamp:
        """When it was sealed."""
        return self.times.sealed_at

    @property
    def expires_at(self) -> Timestamp:
        """The first second in which it no longer opens."""
        return self.times.expires_at

    @property
    def is_stale(self) -> bool:
        """Whether a newer key than this token's was sealing when it was opened."""
        sealing = self._ring.sealing_key(self.opened_at)
        mine = self._key.seals_from
        # A standby that already sealed on a replica whose clock is ahead is newer than the key that
        # seals here.
        if sealing is None or sealing.seals_from is None or mine is None:
            return False
        return sealing.seals_from > mine

    @property
    def horizon(self) -> int:
        """For how many seconds the ring it was opened with remembers revocations."""
        return self._ring.revocations.horizon

    @property
    def lists_subjects(self) -> bool:
        """Whether the ring it was opened with revokes any subject of this application."""
        return self._ring.revocations.lists_subjects(self._app)

    def is_session_revoked(self, session_id: bytes) -> bool:
        """Returns whether the ring it was opened with revokes this session."""
        return self._ring.revocations.covers_session(session_id)

    def is_subject_revoked(self, subject: str) -> bool:
        """Returns whether that ring revokes what `subject` had before this was born."""
        return self._ring.revocations.covers_subject(self._app, subject, self.born)

    def count(self) -> None:
        """Counts it as opened."""
        self._uses.opened += 1

    def count_refused(self, kind: RefusalKind) -> None:
        """Counts it as refused for what was inside."""
        self._uses.refused[kind] += 1

    def __repr__(self) -> str:
        return f"Opened(key {self.key_id}, {self.times}, {len(self.payload)} bytes)"
