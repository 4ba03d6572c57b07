"""How is what the application keeps written down? One JSON object, SPEC.md, JSON sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from json.decoder import JSONDecoder
from typing import Any, NamedTuple

from sealjar.json import JsonError, parse

DEEPEST = 32
"""How many objects and lists may be inside of each other, the session's own included."""
MAX_EXACT = (1 << 53) - 1
"""The greatest number that every language carries exactly."""


class Body(NamedTuple):
    """A value, and the members that this build does not know, as they were written."""

    value: dict[str, Any]
    unknown: list[str]


class Unencodable(ValueError):
    """The value would not come back as it was written. The message names the place."""


def decode(body: bytes, known: Mapping[str, Any] | None) -> Body | None:
    """Reads a body, `None` when it is none.

    With `known`, members that are not among them are kept aside.
    """
    # An object and nothing around it, not even white space.
    if body[:1] != b"{" or body[-1:] != b"}":
        return None
    try:
        value = parse(body, DEEPEST, _whole, _decimal)
    except JsonError:
        return None
    if known is None or value.keys() <= known.keys():
        return Body(value, [])
    unknown = [text for name, text in _members(body.decode()) if name not in known]
    return Body({name: it for name, it in value.items() if name in known}, unknown)


def encode(value: Mapping[str, Any], unknown: list[str] | None = None) -> bytes:
    """Writes a value, and after it the members that this build does not know and has not written.

    Raises `Unencodable` when it would not come back as it is.
    """
    _check(value, "the session", 1)
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if unknown:
        more = [text for name, text in _members("{" + ",".join(unknown) + "}") if name not in value]
        inside = written[1:-1]
        written = "{" + ",".join(([inside] if inside else []) + more) + "}"
    return written.encode()


def _members(text: str) -> list[tuple[str, str]]:
    """Splits an object that has been read into its members, each with its name."""
    members = []
    at = 1
    while found := _NEXT.match(text, at):
        begin = found.end()
        name, colon = _DECODER.raw_decode(text, begin)
        value = _COLON.match(text, colon)
        if value is None:
            break
        _, at = _DECODER.raw_decode(text, value.end())
        members.append((name, text[begin:at]))
    return members


def _check(value: object, place: str, level: int) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value, place)
    elif isinstance(value, int | float):
        # NaN is not less than anything.
        if not abs(value) <= MAX_EXACT:
            raise Unencodable(f"{place}: numbers beyond 2^53 - 1 are not exact in JSON: keep text")
    elif isinstance(value, dict | list | tuple) and level > DEEPEST:
        raise Unencodable(f"{place}: is nested deeper than {DEEPEST}")
    elif isinstance(value, dict):
        for name, below in value.items():
            if not isinstance(name, str):
                raise Unencodable(f"{place}: a member's name is of {_kind(name)}, and must be text")
            _check_text(name, place)
            _check(below, f"{place}.{name}", level + 1)
    elif isinstance(value, list | tuple):
        for at, below in enumerate(value):
            _check(below, f"{place}[{at}]", level + 1)
    else:
        raise Unencodable(
            f"{place}: JSON has no {_kind(value)}: keep text, numbers, lists, dicts, None"
        )


def _check_text(text: str, place: str) -> None:
    if not text.isascii() and _HALF.search(text):
        raise Unencodable(f"{place}: half of a surrogate pair is no character")


def _kind(value: object) -> str:
    return type(value).__name__


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) < 18 else MAX_EXACT + 1
    if abs(number) > MAX_EXACT:
        raise JsonError("no double carries this number exactly")
    return number


def _decimal(digits: str) -> float:
    number = float(digits)
    if not abs(number) <= MAX_EXACT:
        raise JsonError("no double carries this number exactly")
    return number


_DECODER = JSONDecoder()
_NEXT = re.compile(r'[ \t\n\r]*,?[ \t\n\r]*(?=")')
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_HALF = re.compile("[\ud800-\udfff]")


def same(before: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Returns whether both are written alike. `True` and 1 are equal in Python, and not in JSON."""
    try:
        return json.dumps(before) == json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
