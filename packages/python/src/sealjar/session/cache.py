"""May a cache keep this response, and may it give it to somebody else?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Effect(Enum):
    """What a handler did with the session, as far as caches are concerned."""

    READ = "read"
    """It read the session, so the page may be this visitor's alone."""
    DISCARD = "discard"
    """It ended a session that is nobody's, so the response expires a cookie and holds none."""
    RESEAL = "reseal"
    """It read the session, and the library would like to seal it again."""
    URGENT_RESEAL = "urgent reseal"
    """The same, and the session ends soon unless it is."""
    WRITE = "write"
    """It changed the session, so the response carries this visitor's cookie."""


@dataclass
class Verdict:
    """What to do about the response's policies."""

    cache_control: str | None = None
    """What `Cache-Control` has to say in place of what it says."""
    replaced: list[tuple[str, str]] = field(default_factory=list)
    """The other fields that some cache prefers, and what they have to say."""
    withheld: bool = False
    """Whether sealing again has to wait for another response."""
    overridden: bool = False
    """Whether the application has let shared caches keep what it may not."""


class _Sharing(IntEnum):
    """What a `Cache-Control` allows a shared cache. Of several lines the strictest counts."""

    NOTHING_SAID = 0
    SHARED = 1
    REVALIDATED = 2
    KEPT_OUT = 3


class Policies:
    """What the headers of a response say to caches."""

    def __init__(self, headers: Iterable[tuple[str, str]]) -> None:
        self._sharing = _Sharing.NOTHING_SAID
        self._open: list[tuple[str, str]] = []
        self._targeted = False
        self.varies_by_cookie = False
        """Whether `Vary` says that the response depends on cookies."""
        for name, value in headers:
            lower = name.lower()
            if lower == "vary":
                fields = {it.strip().lower() for it in value.split(",")}
                self.varies_by_cookie |= bool(fields & {"*", "cookie"})
            elif lower == "cache-control":
                self._sharing = max(self._sharing, _read_sharing(value))
            else:
                closed = _closed(lower)
                if closed is not None and not _keeps_others_out(lower, value):
                    self._targeted |= lower != "expires"
                    self._open.append((name, closed))

    def judge(self, effect: Effect) -> Verdict:
        """Decides what becomes of them.

        Beside a session cookie `private` and `no-store` alone are enough. `no-cache` is not: a
        cache may keep the response, ask whether it is still good, and give the cookie to somebody
        else.
        """
        said_nothing = self._sharing is _Sharing.NOTHING_SAID
        shared = self._targeted or self._sharing is _Sharing.SHARED
        revalidated = self._sharing is _Sharing.REVALIDATED
        if effect is Effect.DISCARD and said_nothing and not self._open:
            return Verdict(cache_control="private")
        waits = (effect is Effect.RESEAL and (shared or revalidated)) or (
            effect is Effect.URGENT_RESEAL and shared
        )
        if effect is Effect.READ or waits:
            return Verdict(cache_control="private" if said_nothing else None, withheld=waits)
        is_kept_out = self._sharing is _Sharing.KEPT_OUT
        return Verdict(None if is_kept_out else "no-store", self._open, overridden=shared)


def _read_sharing(value: str) -> _Sharing:
    said = _directives(value)
    if said & {"private", "no-store"}:
        return _Sharing.KEPT_OUT
    shares = {it.split("=", 1)[0] for it in said} & {"public", "s-maxage"}
    return _Sharing.REVALIDATED if "no-cache" in said and not shares else _Sharing.SHARED


def _closed(name: str) -> str | None:
    """What a field has to say to keep others out, `None` for one that no cache asks."""
    if name.endswith("-cache-control") or name in ("surrogate-control", "edge-control"):
        return "no-store"
    return "0" if name in ("x-accel-expires", "expires") else None


def _keeps_others_out(name: str, value: str) -> bool:
    if _closed(name) == "0":
        return value.strip() == "0"
    # The specification of the other two knows no `private`.
    enough = {"private", "no-store"} if name.endswith("-cache-control") else {"no-store"}
    return bool(_directives(value) & enough)


def _directives(value: str) -> set[str]:
    """Splits a list at the commas that are in no quoted string.

    With an argument, `private="x"` speaks of single fields only and is not `private`.
    """
    return {it.strip(" \t").lower() for it in _DIRECTIVE.findall(value)}


_DIRECTIVE = re.compile(r'(?:"(?:[^"\\]|\\.)*(?:"|$)|[^",]|")+')
