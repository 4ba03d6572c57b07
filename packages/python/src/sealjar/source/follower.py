"""Which ring does a replica use, and when does it look for another?"""

from __future__ import annotations

from sealjar.clock import Timestamp
from sealjar.errors import RingError
from sealjar.live import LiveRing
from sealjar.ring import KeyRing
from sealjar.source.errors import BadRing, SourceError
from sealjar.source.event import Event, Outcome
from sealjar.source.readiness import Failure, Readiness
from sealjar.source.schedule import POLL_EVERY, Brought, Reason, Schedule


class Follower:
    """Decides for a `Watcher`, without a thread, a clock or a source of its own.

    `now` is in seconds on a clock that only goes forwards; `time` is the time of day.
    """

    def __init__(
        self, place: str, ring: LiveRing, now: float, poll_every: float = POLL_EVERY
    ) -> None:
        self.place = place
        self.ring = ring
        self.schedule = Schedule(now, poll_every)
        self.readiness = Readiness(ring)
        self._overdue = False

    def note_unknown(self, key_id: str, now: float) -> None:
        """Notes a key that a token named and the ring did not hold.

        A look is due at once, but not within 2 seconds of the last one for this reason, and while
        such looks bring nothing, 4 seconds, 8 and so on up to the poll interval.
        """
        # The ring may have come between the token and this note.
        if self.ring.load().key(key_id) is None:
            self.schedule.unknown(now)

    def take(
        self,
        reason: Reason,
        fetched: KeyRing | SourceError,
        now: float,
        time: Timestamp | None,
    ) -> Event:
        """Takes what a look brought: a newer ring is put in use, and for anything worse the last
        good ring stays. A failed look is repeated after 1 second, 2, 4 and so on.
        """
        before, epoch = self.readiness.failure, self.ring.load().epoch
        error = fetched if isinstance(fetched, SourceError) else None
        if isinstance(fetched, KeyRing):
            try:
                self.ring.replace_at(fetched, time)
            except RingError as refused:
                error = BadRing(self.place, refused)
        epochs = (epoch, self.ring.load().epoch)
        brought: Brought = "newer ring" if epochs[1] > epoch else "nothing"
        self.schedule.looked("failure" if error else brought, now)
        self.readiness.last_look = time
        since = before.since if before else time
        self.readiness.failure = None if error is None else Failure(since, error)

        overdue = None if time is None else self.readiness.overdue_at(time)
        overdue_before, self._overdue = self._overdue, overdue is not None
        outcome: Outcome = "unchanged"
        if error is not None:
            outcome = "refused"
        elif brought == "newer ring":
            outcome = "replaced"
        elif before is not None:
            outcome = "recovered"
        return Event(
            reason,
            outcome,
            epochs,
            error,
            overdue,
            refused_before=before is not None and str(before.error) == str(error),
            overdue_before=overdue_before,
        )
