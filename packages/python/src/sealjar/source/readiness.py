"""May this replica serve?"""

from __future__ import annotations

from dataclasses import dataclass

from sealjar import clock
from sealjar.clock import Timestamp
from sealjar.errors import ClockError, SealjarError
from sealjar.live import LiveRing
from sealjar.source.errors import SourceError


class NotReady(SealjarError):
    """This replica may not serve. `hint` says what to do about it."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason, hint)
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.reason}\nhint: {self.hint}"


@dataclass(frozen=True)
class Failure:
    """A source that brings nothing that can be used.

    `since` is when the first of the looks was that have failed since, `error` why the last one did.
    """

    since: Timestamp | None
    error: SourceError


class Readiness:
    """Answers whether a replica may serve, for a health check.

    A replica is ready while its ring has a key to seal with. That the source is lost, or that the
    ring has not been rotated in time, does not make it unready: both would strike all replicas at
    once, and the ring that they hold works. Both can be read here, to show them to the operator.
    """

    def __init__(self, ring: LiveRing) -> None:
        self.ring = ring
        self.failure: Failure | None = None
        """Why the source brings nothing that can be used, `None` while it does."""
        self.last_look: Timestamp | None = None
        """When the last look ended. Where it is long past the poll interval, nobody looks."""
        self.is_cut_off = False
        """Whether the file was replaced where it is mounted from: nothing newer arrives."""

    def check(self) -> None:
        """Raises `NotReady` when the replica may not serve now."""
        try:
            now = clock.now()
        except ClockError as error:
            raise NotReady(str(error), "set the clock of this machine") from None
        self.check_at(now)

    def check_at(self, now: Timestamp) -> None:
        """Raises `NotReady` when the replica may not serve at a time."""
        key = self.ring.current().sealing_key(now)
        if key is None:
            raise NotReady(
                "the ring has no key to seal with now",
                "check the clock of this machine, then the times of the ring's keys",
            )
        if not key.is_usable:
            raise NotReady(
                f"the key to seal with now, {key.id}, is of an unknown suite",
                "upgrade this application before the ring",
            )

    def overdue_at(self, now: Timestamp) -> Timestamp | None:
        """Returns when the ring should have been rotated at the latest, if that is past."""
        expected_by = self.ring.load().rotation_expected_by()
        return expected_by if expected_by is not None and now > expected_by else None
