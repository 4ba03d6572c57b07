"""Which sessions has this browser logged out of?

The cookie `<name>.out` says it: their ids, the newest first, joined by dots. An answer that was
under way when its visitor logged out may still set the session's cookie. The mark is what refuses
it then. It is no secret and needs no seal: whose browser it is in can be logged out by it, and
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_IDS = 4
"""How many ids one mark holds. The next one takes the place of the oldest."""


def parse(value: bytes) -> list[bytes]:
    """Reads the ids in a mark's value, none when it is no mark."""
    if _MARK.fullmatch(value) is None:
        return []
    return [bytes.fromhex(text.decode()) for text in value.split(b".")]


def write(ids: Iterable[bytes]) -> str:
    """Writes a mark's value: each id once, in order, as many as one mark holds."""
    distinct = dict.fromkeys(ids)
    return ".".join(session_id.hex() for session_id in list(distinct)[:MOST_IDS])


_MARK = re.compile(rb"[0-9A-Fa-f]{16}(\.[0-9A-Fa-f]{16}){0,3}")
