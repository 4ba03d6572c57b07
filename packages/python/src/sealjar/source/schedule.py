"""When is the source looked at next, and why?

Times are seconds on a clock that only goes forwards, whatever it counts from.
"""

from __future__ import annotations

from typing import Literal

Reason = Literal["change", "poll", "retry", "unknown key"]
"""Why the source is looked at."""

Brought = Literal["failure", "newer ring", "nothing"]

POLL_EVERY = 10.0
SHORTEST_POLL = 0.01
"""A shorter interval would be a loop that does nothing else."""
SETTLE = 0.2
"""A file that is being written is left alone for a moment."""
FIRST_RETRY = 1.0
"""A document that was seen half written is whole soon after."""
UNKNOWN_PAUSE = 2.0
"""Anybody can send unknown key ids, so they cause one look in this time at most."""


class Schedule:
    """Decides when to look."""

    def __init__(self, now: float, poll_every: float = POLL_EVERY) -> None:
        self.poll_every = max(poll_every, SHORTEST_POLL)
        self.looked_at = now
        self._retry: float | None = None
        self._change: float | None = None
        self._unknown: float | None = None
        # No unknown key is a reason to look before this.
        self._unknown_from = now
        self._unknown_pause = UNKNOWN_PAUSE

    @property
    def awaits_change(self) -> bool:
        """Whether a change would be news: none has been noted since the last look."""
        return self._change is None

    @property
    def awaits_unknown(self) -> bool:
        """Whether an unknown key would be news."""
        return self._unknown is None

    def next(self) -> tuple[float, Reason]:
        """Returns when the next look is due, and why."""
        due: tuple[float, Reason] = (self.looked_at + self.poll_every, "poll")
        if self._retry is not None and self._retry < self.poll_every:
            due = (self.looked_at + self._retry, "retry")
        if self._change is not None and self._change < due[0]:
            due = (self._change, "change")
        if self._unknown is not None and self._unknown < due[0]:
            due = (self._unknown, "unknown key")
        return due

    def change(self, now: float) -> None:
        """Notes that the source may have changed."""
        if self._change is None:
            self._change = now + SETTLE

    def unknown(self, now: float) -> None:
        """Notes that a token named a key that the ring does not hold."""
        if self._unknown is None:
            self._unknown = max(now, self._unknown_from)

    def looked(self, brought: Brought, now: float) -> None:
        """Notes a look. It answers for everything that was heard before it."""
        self.looked_at = now
        self._change = None
        if brought == "failure":
            pause = FIRST_RETRY if self._retry is None else self._retry * 2
            self._retry = min(pause, self.poll_every)
        else:
            self._retry = None
        if self._unknown is not None:
            self._unknown = None
            self._unknown_from = now + self._unknown_pause
            longest = max(self.poll_every, UNKNOWN_PAUSE)
            self._unknown_pause = min(self._unknown_pause * 2, longest)
        if brought == "newer ring":
            self._unknown_from = min(self._unknown_from, now + UNKNOWN_PAUSE)
            self._unknown_pause = UNKNOWN_PAUSE
