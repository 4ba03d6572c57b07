"""How does a token that is too long for one cookie travel in several?

name    = <n> ~ <gen> . <part 0>      n: total parts, 2 to 9;  gen: characters [40..44]
name.1  = <gen> . <part 1>   ...      name.(n-1)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sealjar.errors import OpenError, TooLarge
from sealjar.session.cookie import MAX_LINE, MAX_TOTAL
from sealjar.session.cookie.scan import each_cookie

MAX_PARTS = 9
_GENERATION = slice(40, 44)
"""The characters of a token's text that mark which parts belong together: they are of the nonce."""
_HEAD_MARK = len("n~gggg.")
_PART_MARK = len("gggg.")


def join(value: bytes, headers: Iterable[bytes], jar: bytes) -> bytes:
    """Returns the token's text that begins in `value`: `value` itself, or its parts joined.

    Raises `OpenError` of the kind `torn_chunks`, or `malformed` when it is longer than any token.
    """
    if _BEGINS.match(value) is None:
        return value
    head = _HEAD.fullmatch(value)
    if head is None:
        raise OpenError("torn_chunks")
    count, generation = int(head[1]), head[2]
    parts: dict[int, bytes] = {0: head[3]}
    for name, other in each_cookie(headers):
        suffix = name[len(jar) :]
        if not name.startswith(jar) or _SUFFIX.fullmatch(suffix) is None:
            continue
        at = suffix[1] - ord("0")
        is_ours = at < count and other[:4] == generation and other[4:5] == b"."
        # Two parts for one place: nobody can tell which is the session's.
        if is_ours and parts.setdefault(at, other[5:]) != other[5:]:
            raise OpenError("torn_chunks")
    if len(parts) < count:
        raise OpenError("torn_chunks")
    text = b"".join(parts[at] for at in range(count))
    if text[_GENERATION] != generation:
        raise OpenError("torn_chunks")
    if len(text) > MAX_TOTAL:
        raise OpenError("malformed")
    return text


@dataclass(frozen=True)
class Layout:
    """Says over how many cookies a token is spread, and how much of it each carries."""

    parts: int
    first: int
    others: int

    @classmethod
    def fit(cls, jar: int, token: int, attributes: int, max_size: int) -> Layout:
        """Finds the least number of cookies that carry a token of `token` characters.

        `jar` and `attributes` are the lengths of the name and of what ends each line. Raises
        `TooLarge` when the session does not fit.
        """
        pair = jar + 1 + token
        if pair > max_size:
            raise TooLarge(pair, max_size, "the session")
        if pair + attributes <= MAX_LINE:
            return cls(1, token, 0)
        if max_size <= MAX_LINE:
            raise TooLarge(pair + attributes, MAX_LINE, "the session")
        first = max(MAX_LINE - (jar + 1 + _HEAD_MARK + attributes), 0)
        others = max(MAX_LINE - (jar + 3 + _PART_MARK + attributes), 0)

        def total(parts: int) -> int:
            """The lengths of all pairs, joined by "; " as the browser sends them back."""
            return pair + _HEAD_MARK + (parts - 1) * (2 + jar + 3 + _PART_MARK)

        for parts in range(2, MAX_PARTS + 1):
            if first + (parts - 1) * others >= token:
                if total(parts) <= max_size:
                    return cls(parts, first, others)
                break
        # Long attributes may leave so little room in a line that nine cookies are full before the
        # total is.
        nine_full = total(MAX_PARTS) - token + first + (MAX_PARTS - 1) * others
        needed = -(-max(token - first, 0) // max(others, 1)) + 1
        raise TooLarge(total(needed), min(max_size, nine_full), "the session")

    def split(self, token: str) -> Iterator[tuple[str, str]]:
        """Goes through the suffix of the name and the value of each cookie."""
        if self.parts == 1:
            yield "", token
            return
        generation = token[_GENERATION]
        yield "", f"{self.parts}~{generation}.{token[: self.first]}"
        for part in range(1, self.parts):
            begin = self.first + (part - 1) * self.others
            yield f".{part}", f"{generation}.{token[begin : begin + self.others]}"


_BEGINS = re.compile(rb"[0-9]+~")
_HEAD = re.compile(rb"([2-9])~(.{4})\.(.*)", re.DOTALL)
_SUFFIX = re.compile(rb"\.[1-8]")
