"""Which cookies does a request carry under one exact name?

The scan reads raw bytes and decodes nothing: not the name, not the value, not quotes. A lenient
parser takes `%5f%5fHost-Http-session` for `__Host-Http-session`, and then the prefix protects
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sealjar.session.cookie import MAX_CANDIDATES, mark

_MAX_LOGGED_OUT = MAX_CANDIDATES * mark.MOST_IDS
_PARTS = frozenset(b".%d" % part for part in range(1, 9))


def each_cookie(headers: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Goes through the name and the value of each cookie in the values of `Cookie` headers."""
    for header in headers:
        for piece in header.split(b";"):
            name, equals, value = piece.lstrip(b" \t").partition(b"=")
            if equals:
                yield name, value.rstrip(b" \t")


class Found:
    """What a request carries of one jar's cookies."""

    __slots__ = ("logged_out", "parts", "values")

    def __init__(self, headers: Iterable[bytes], jar: bytes) -> None:
        self.values: list[bytes] = []
        """The distinct values of the cookie, at most one more than are ever opened."""
        self.parts: set[int] = set()
        """The numbers k of which a cookie `name.k` came, 1 to 8."""
        self.logged_out: list[bytes] = []
        """The ids of sessions that this browser has logged out of."""
        for name, value in each_cookie(headers):
            if not name.startswith(jar):
                continue
            suffix = name[len(jar) :]
            if not suffix:
                if value not in self.values and len(self.values) <= MAX_CANDIDATES:
                    self.values.append(value)
            elif suffix == b".out":
                self.logged_out = (self.logged_out + mark.parse(value))[:_MAX_LOGGED_OUT]
            elif suffix in _PARTS:
                self.parts.add(suffix[1] - ord("0"))
