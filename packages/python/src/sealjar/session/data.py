"""What does the application keep in a session, whose is it, and how long does it live?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sealjar import clock
from sealjar.clock import Timestamp
from sealjar.session.errors import ConfigError

Value = dict[str, Any]
"""A session: one JSON object."""


def copied(value: Any) -> Any:
    """Copies what JSON can hold. Anything else is left for the codec to refuse."""
    if isinstance(value, dict):
        return {name: copied(below) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [copied(below) for below in value]
    return value


Subject = Callable[[Value], str | None]
"""Says whose a session is, `None` while nobody is logged in."""


@dataclass(frozen=True)
class After:
    """Ends a session after this time without use, at most the jar's idle timeout."""

    duration: timedelta


@dataclass(frozen=True)
class At:
    """Ends a session at this time, and after the jar's idle timeout without use in any case.

    A time that has passed ends it at once. A `datetime` without a zone is local time.
    """

    end: datetime

    @property
    def stored(self) -> Timestamp:
        """The time in seconds since 2025-01-01, the nearest that can be held."""
        try:
            return min(max(int(self.end.timestamp()) - clock.T0, clock.MIN), clock.MAX)
        except (OSError, OverflowError, ValueError):
            # Local times of the first and the last year may have no Unix time.
            return clock.MIN if self.end.year < 2025 else clock.MAX


Expiry = After | At | Literal["browser", "jar"]
"""How long a session lives when nobody uses it. `browser`: until the browser's window is closed."""


def subject_at(pointer: str) -> Subject:
    """Makes a `Subject` of a JSON pointer (RFC 6901), such as `/user_id`.

    The subject to revoke is the text that is there; what is no text, as JSON.

    >>> subject_at("/user/id")({"user": {"id": 7}})
    '7'
    """
    if len(pointer) < 2 or pointer[0] != "/" or pointer[1] == "/":
        raise ConfigError(
            "subject",
            repr(pointer),
            "must be a JSON pointer to the value that says who this is, such as /user_id",
        )
    steps = [it.replace("~1", "/").replace("~0", "~") for it in pointer[1:].split("/")]

    def subject(value: Value) -> str | None:
        found: Any = value
        for step in steps:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                return None
        if found is None or isinstance(found, str):
            return found
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    return subject
