"""How long may a session live? What the application asks for, beside what the ring allows."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import NamedTuple

from sealjar import clock
from sealjar.clock import Timestamp
from sealjar.ring import KeyRing
from sealjar.session.errors import ConfigError

_LOG = logging.getLogger("sealjar")
_DEFAULT_IDLE = 86_400
_DEFAULT_LIFETIME = 7 * _DEFAULT_IDLE


class Timeouts(NamedTuple):
    """The timeouts of a jar, in seconds."""

    idle: int
    lifetime: int
    refresh_after: int


class Asked(NamedTuple):
    """The timeouts that an application sets."""

    idle: timedelta | None = None
    lifetime: timedelta | None = None
    refresh_after: timedelta | None = None
    exact: bool = False
    """Whether a ring that allows less is an error."""

    def complete(self) -> Timeouts:
        """Fills in the defaults, and refuses what cannot work under any ring."""
        idle = whole_seconds(self.idle)
        lifetime = whole_seconds(self.lifetime)
        if lifetime is None:
            lifetime = max(_DEFAULT_LIFETIME, idle or 0)
        if idle is None:
            idle = min(_DEFAULT_IDLE, lifetime)
        for setting, count in (("lifetime", lifetime), ("idle_timeout", idle)):
            if count == 0:
                raise ConfigError(setting, f"{count} s", "must be at least 1 s")
        if idle > lifetime:
            reason = f"is longer than the lifetime of {lifetime} s"
            raise ConfigError("idle_timeout", f"{idle} s", reason)
        refresh_after = whole_seconds(self.refresh_after)
        if refresh_after is None:
            refresh_after = max(idle // 4, 1)
        elif not 1 <= refresh_after < idle:
            reason = f"must be at least 1 s and less than the idle timeout of {idle} s"
            raise ConfigError("refresh_after", f"{refresh_after} s", reason)
        return Timeouts(idle, lifetime, refresh_after)

    def compare_with(self, ring: KeyRing, now: Timestamp, timeouts: Timeouts, cookie: str) -> bool:
        """Warns if the ring allows less than was asked for, or refuses it.

        Returns whether its keys allow less than the idle timeout. Nothing is cut here: the ring
        changes while the application runs, so each session is cut when it is sealed.
        """
        key_allows, horizon = _key_lifetime(ring, now), ring.revocations.horizon
        for setting, asked, allowed, was_asked, why in (
            ("idle_timeout", timeouts.idle, key_allows, self.idle, "the ring's key allows"),
            (
                "lifetime",
                timeouts.lifetime,
                horizon,
                self.lifetime or self.idle,
                "the ring forgets revocations after",
            ),
        ):
            # A default that is cut is what the ring says, and nobody's loss.
            if asked <= allowed or (was_asked is None and allowed):
                continue
            if self.exact or allowed == 0:
                raise ConfigError(setting, f"{asked} s", f"{why} {allowed} s")
            hint = ConfigError(setting, "", "").hint
            message = "%s: sessions end earlier than asked: %s = %d s, %s %d s; hint: %s"
            _LOG.warning(message, cookie, setting, asked, why, allowed, hint)
        return timeouts.idle > key_allows


def whole_seconds(duration: timedelta | None) -> int | None:
    """Returns a duration in whole seconds, not less than 0 nor more than 136 years."""
    if duration is None:
        return None
    return min(max(int(duration.total_seconds()), 0), clock.MAX)


def _key_lifetime(ring: KeyRing, now: Timestamp) -> int:
    """Returns how long a token can live that is sealed at `now`, in seconds.

    While no key seals, the keys that wait say what will be allowed.
    """
    sealing = ring.sealing_key(now)
    return sealing.lifetime if sealing else max(key.lifetime for key in ring.keys)
