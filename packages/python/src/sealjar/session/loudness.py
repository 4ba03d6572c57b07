"""Limits how often a log line that a visitor can cause is written aloud."""

from __future__ import annotations

from sealjar.clock import Timestamp


class Loudness:
    """When each line that a visitor can cause was last written aloud."""

    def __init__(self) -> None:
        self._last: dict[str, Timestamp | None] = {}

    def is_new(self, line: str, now: Timestamp | None) -> bool:
        """Returns whether it has not been written in this second. Without a clock it is once."""
        if line in self._last and self._last[line] == now:
            return False
        self._last[line] = now
        return True

    def first(self, line: str) -> bool:
        """Returns whether it has not been written before."""
        return self.is_new(line, None)
