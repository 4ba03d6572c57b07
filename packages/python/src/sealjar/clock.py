"""What time is it, and what times can a token hold?

The only module that reads the clock.
"""

from __future__ import annotations

import re
import time
from calendar import timegm
from datetime import datetime, timezone

from sealjar.errors import ClockError

Timestamp = int
"""Whole seconds since 2025-01-01T00:00:00Z, 0 to 4294967295: what tokens and rings store."""

MIN: Timestamp = 0
MAX: Timestamp = 0xFFFF_FFFF
T0 = 1_735_689_600


def now() -> Timestamp:
    """Reads the system's clock.

    Raises `ClockError` when it shows a time before 2025-01-01 or after 2161-02-07.
    """
    return from_unix(int(time.time()))


def now_or_none() -> Timestamp | None:
    """Reads the system's clock, `None` when it shows a time that no token can hold."""
    try:
        return now()
    except ClockError:
        return None


def from_unix(seconds: int) -> Timestamp:
    """Converts Unix time. Raises `ClockError` for a time that no token can hold."""
    stored = seconds - T0
    if not MIN <= stored <= MAX:
        raise ClockError
    return stored


def unix(stored: Timestamp) -> int:
    """Returns the Unix time of a stored time.

    >>> unix(0)
    1735689600
    """
    return stored + T0


def later(stored: Timestamp, seconds: int) -> Timestamp:
    """Adds seconds, stopping at the latest time that can be held."""
    return min(stored + seconds, MAX)


def earlier(stored: Timestamp, seconds: int) -> Timestamp:
    """Subtracts seconds, stopping at the earliest time that can be held."""
    return max(stored - seconds, MIN)


def since(stored: Timestamp, before: Timestamp) -> int:
    """Returns the seconds from `before` to `stored`, 0 when `before` is later."""
    return max(stored - before, 0)


def shown(stored: Timestamp) -> str:
    """Writes `YYYY-MM-DDTHH:MM:SSZ`.

    >>> shown(59_875_200)
    '2026-11-25T00:00:00Z'
    """
    return datetime.fromtimestamp(unix(stored), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> Timestamp:
    """Reads exactly `YYYY-MM-DDTHH:MM:SSZ`. Raises `ClockError` for anything else."""
    if _SPELLING.fullmatch(text) is None:
        raise ClockError
    try:
        parsed = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise ClockError from None
    stored = from_unix(timegm(parsed.timetuple()))
    # `strptime` takes a leap second and makes another time of it.
    if shown(stored) != text:
        raise ClockError
    return stored


_SPELLING = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
