"""How does a running replica learn of a new key?"""

from __future__ import annotations

import logging
import sys
import threading
from time import monotonic

from sealjar import clock
from sealjar.live import LiveRing
from sealjar.source.errors import SourceError
from sealjar.source.event import Event
from sealjar.source.file import FileSource
from sealjar.source.follower import Follower
from sealjar.source.readiness import Readiness
from sealjar.source.schedule import POLL_EVERY, Reason

_LOG = logging.getLogger("sealjar")
STAT_EVERY = 1.0
"""How often the file is looked at from outside, in seconds, for a change of its name or time."""


class Watcher:
    """Follows a file, so that a running replica always uses the newest ring.

    It reads the file when it has changed, when a token names a key that the ring does not hold, and
    every 10 seconds in any case. What is missing, broken, older or of another ring leaves the last
    good ring in use.

    It works on a thread, which each process starts when it first uses the ring: before that request
    is served, it reads the file once. So it may be made before a server forks, as with gunicorn's
    `--preload`: each worker follows the file itself, and one that is forked later begins with the
    newest ring. uWSGI needs `enable-threads` for it.

    Make it with `Watcher.start`:

    >>> from sealjar.source import FileSource, Watcher
    >>> watcher = Watcher.start(FileSource.find(development=True))
    >>> watcher.readiness.check()
    """

    def __init__(self, source: FileSource, follower: Follower) -> None:
        self._source = source
        self._follower = follower
        self._signature = source.signature()
        self._begin()
        follower.ring.follow(self._hear_unknown, self._begin, self._start)

    @classmethod
    def start(cls, source: FileSource, *, poll_every: float = POLL_EVERY) -> Watcher:
        """Fetches the first ring, and follows it from its first use.

        `poll_every` is how often the file is read without any other reason, in seconds. Raises
        `SourceError`: without a ring there is no service, so this does not try again.
        """
        _check_threads()
        ring = LiveRing(source.fetch())
        watcher = cls(source, Follower(source.place, ring, monotonic(), poll_every))
        watcher.readiness.is_cut_off = source.is_cut_off
        return watcher

    @property
    def ring(self) -> LiveRing:
        """The ring in use. It goes into the jars."""
        return self._follower.ring

    @property
    def readiness(self) -> Readiness:
        """What answers health checks."""
        return self._follower.readiness

    def look(self, reason: Reason) -> Event:
        """Looks at the source once, takes what is there, and logs what came of it."""
        with self._looking:
            self._signature = self._source.signature()
            try:
                fetched = self._source.fetch()
            except SourceError as error:
                event = self._follower.take(reason, error, monotonic(), clock.now_or_none())
            else:
                event = self._follower.take(reason, fetched, monotonic(), clock.now_or_none())
            self.readiness.is_cut_off = self._source.is_cut_off
        event.log()
        return event

    def _begin(self) -> None:
        """Makes what threads share anew. In a forked process another's may be held for ever."""
        self._looking = threading.Lock()
        self._starting = threading.Lock()
        self._heard = threading.Event()

    def _start(self) -> None:
        """Begins to follow in this process. What is in use may have been read long ago."""
        with self._starting:
            if not self.ring.is_asleep:
                return
            if monotonic() - self._follower.schedule.looked_at > STAT_EVERY:
                self.look("poll")
            threading.Thread(target=self._run, name="sealjar-source", daemon=True).start()
            self.ring.woken()

    def _run(self) -> None:
        while True:
            try:
                self._turn()
            except Exception:
                # Requests use the last good ring, and the next look may work.
                _LOG.exception("the key ring's file could not be followed")
                self._heard.wait(self._follower.schedule.poll_every)

    def _turn(self) -> None:
        schedule = self._follower.schedule
        due, reason = schedule.next()
        wait = due - monotonic()
        if wait <= 0:
            self.look(reason)
            return
        self._heard.wait(min(wait, STAT_EVERY))
        self._heard.clear()
        if schedule.awaits_change and self._source.signature() != self._signature:
            schedule.change(monotonic())
        if schedule.awaits_unknown:
            unknown = self.ring.take_unknown()
            if unknown is not None:
                self._follower.note_unknown(unknown, monotonic())

    def _hear_unknown(self) -> None:
        self._heard.set()


def _check_threads() -> None:
    uwsgi = sys.modules.get("uwsgi")
    if uwsgi is not None and not uwsgi.opt.get("enable-threads"):
        _LOG.warning(
            "uWSGI runs no threads between requests: a new key ring is noticed late; "
            "hint: set enable-threads = true"
        )
