"""What do the `Set-Cookie` lines say? The only module that writes one."""

from __future__ import annotations

from collections.abc import Iterable

from sealjar.session.cookie import mark
from sealjar.session.cookie.attributes import Attributes
from sealjar.session.cookie.chunk import Layout


class Writer:
    """Writes the lines of one jar."""

    def __init__(self, name: str, attributes: Attributes) -> None:
        self.name = name
        self.attributes = attributes
        self.lines: list[str] = []

    def replace(self, token: str, layout: Layout, max_age: int | None, came: set[int]) -> None:
        """Sets the session in place of what came, and expires the parts it does not use."""
        # First, because to some browsers it is the same cookie: to one that does not know
        # `Partitioned`, or that does not tell a cookie of a host from one of a domain of that name.
        self._remove_former(came)
        self.set_session(token, layout, max_age)
        for part in sorted(came):
            if part >= layout.parts:
                self._line(f".{part}", "", self.attributes.remove)

    def set_session(self, token: str, layout: Layout, max_age: int | None) -> None:
        """Sets the session and expires nothing."""
        for suffix, value in layout.split(token):
            self._line(suffix, value, self.attributes.until(max_age))

    def remove(self, came: set[int]) -> None:
        """Expires the session and all its parts that came, wherever they may be kept."""
        self._remove_all(came, self.attributes.remove)
        self._remove_former(came)

    def mark_logged_out(self, ids: Iterable[bytes], max_age: int) -> None:
        """Marks sessions as logged out, so that a slower answer does not bring one back."""
        self._line(".out", mark.write(ids), self.attributes.until(max_age))

    def _remove_former(self, came: set[int]) -> None:
        for end in self.attributes.remove_former:
            self._remove_all(came, end)

    def _remove_all(self, came: set[int], end: str) -> None:
        self._line("", "", end)
        for part in sorted(came):
            self._line(f".{part}", "", end)

    def _line(self, suffix: str, value: str, end: str) -> None:
        self.lines.append(f"{self.name}{suffix}={value}{end}")
