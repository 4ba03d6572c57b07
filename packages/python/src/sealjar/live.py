"""How is a ring swapped under the requests that use it?"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable

from sealjar import clock
from sealjar.clock import Timestamp
from sealjar.errors import AnotherRing, ForeignRing, OlderRing, RingAhead, RingConflict
from sealjar.key import Key
from sealjar.ring import KeyRing


class LiveRing:
    """Shares one ring between many sealers and swaps it whole.

    Each seal and each open loads the ring once and uses what it loaded to the end, so no token is
    made or judged by two rings.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._replacing = threading.Lock()
        self._noted: str | None = None
        self._on_unknown: Callable[[], None] | None = None
        self._on_fork: Callable[[], None] | None = None
        self._start: Callable[[], None] | None = None
        self.is_asleep = False
        """Whether this process has not begun to follow the ring's source yet."""
        _ALL.add(self)

    @classmethod
    def of(cls, ring: LiveRing | KeyRing | Key) -> LiveRing:
        """Returns a live ring of a ring or a single key, and a live ring as it is."""
        if isinstance(ring, LiveRing):
            return ring
        return cls(KeyRing.of_key(ring) if isinstance(ring, Key) else ring)

    def load(self) -> KeyRing:
        """Returns the ring in use. It stays whole however long it is held."""
        return self._ring

    def current(self) -> KeyRing:
        """Returns the ring in use, for a request. The first in a process begins to follow it."""
        if self.is_asleep and self._start is not None:
            self._start()
        return self._ring

    def replace(self, ring: KeyRing) -> None:
        """Puts a ring in place of the one in use. The same content again changes nothing.

        Raises `ForeignRing`, `AnotherRing`, `RingAhead`, `OlderRing` or `RingConflict`. The ring in
        use stays then.
        """
        self.replace_at(ring, clock.now_or_none())

    def replace_at(self, ring: KeyRing, now: Timestamp | None) -> None:
        """Puts a ring in place of the one in use, at a time. Without a clock no epoch lies ahead.

        Where the ring in use itself lies ahead, because it was taken under a wrong clock, a ring
        that does not may replace it, although its epoch is lower.
        """
        with self._replacing:
            current = self._ring
            if ring.name != current.name:
                raise ForeignRing(current.name, ring.name)
            if not ring.is_same_ring(current):
                raise AnotherRing(ring.name, current.id, ring.id)
            if now is not None:
                ring.check_epoch(now)
            if ring.epoch < current.epoch and not _lies_ahead(current, now):
                raise OlderRing(current.epoch, ring.epoch)
            if ring.epoch != current.epoch:
                self._ring = ring
            elif not ring.same_content(current):
                raise RingConflict(ring.epoch)

    def note_unknown(self, key_id: str) -> None:
        """Notes that a token named a key that the ring does not hold. Sealers call this.

        The first id stays until somebody takes it: one look at the source answers for all of them.
        """
        if self._noted is None:
            self._noted = key_id
            if self._on_unknown is not None:
                self._on_unknown()

    def take_unknown(self) -> str | None:
        """Takes the id that was noted, which may come from anybody."""
        noted, self._noted = self._noted, None
        return noted

    def follow(
        self, on_unknown: Callable[[], None], on_fork: Callable[[], None], start: Callable[[], None]
    ) -> None:
        """Says whom to tell of an unknown key, and how a process begins to follow the source.

        `start` runs when a process first uses the ring, before it is used. `on_fork` runs in a new
        process, where no thread of the old one exists.
        """
        self._on_unknown = on_unknown
        self._on_fork = on_fork
        self._start = start
        self.is_asleep = True

    def woken(self) -> None:
        """Says that this process follows the source now."""
        self.is_asleep = False

    def _forked(self) -> None:
        # Another thread may have held it when the process was copied.
        self._replacing = threading.Lock()
        if self._on_fork is not None:
            self._on_fork()
            self.is_asleep = True

    def __repr__(self) -> str:
        return f"LiveRing({self._ring!r})"


def _lies_ahead(ring: KeyRing, now: Timestamp | None) -> bool:
    try:
        if now is not None:
            ring.check_epoch(now)
    except RingAhead:
        return True
    return False


def _forked() -> None:
    for ring in list(_ALL):
        ring._forked()


_ALL: weakref.WeakSet[LiveRing] = weakref.WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
