"""What does a JSON text say, read as strictly as the Rust crates read it?

The standard library reads the text. It takes more than JSON has, and forgets what matters: a member
that is there twice, a byte-order mark, numbers without a value, half a character.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn


class JsonError(ValueError):
    """The text is not one JSON value.

    The message repeats nothing of it but a member's plain name.
    """


def parse(
    text: bytes,
    deepest: int,
    whole: Callable[[str], object],
    decimal: Callable[[str], object] | None = None,
) -> Any:
    """Reads one JSON value and nothing after it.

    Raises `JsonError` when it is none, is nested deeper than `deepest`, or has a member twice.
    `whole` makes a value of a number without fraction and exponent.
    """
    try:
        value = _decoder(whole, decimal).decode(text.decode())
    except JsonError:
        raise
    except UnicodeDecodeError:
        raise JsonError("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        message = error.msg.split(":", 1)[0].lower()
        raise JsonError(f"{message} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise JsonError("it is nested too deeply") from None
    # Most texts show at a glance that nothing is to be found: too few brackets to be deep, and
    # half a character can only come from an escape.
    if text.count(b"{") + text.count(b"[") > deepest or b"\\u" in text:
        _check(value, deepest)
    return value


def is_plain(name: str) -> bool:
    """Returns whether a name may be repeated in an error.

    A member name of any format looks like this, and a secret pasted into the wrong place does not.
    """
    return _PLAIN.fullmatch(name) is not None


@cache
def _decoder(
    whole: Callable[[str], object], decimal: Callable[[str], object] | None
) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_members,
        parse_constant=_no_number,
        parse_float=decimal or _number,
        parse_int=whole,
    )


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                shown = f'the member "{name}"' if is_plain(name) else "a member"
                raise JsonError(f"{shown} is there twice")
            seen.add(name)
    return members


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonError("a number is out of range")
    return number


def _no_number(_: str) -> NoReturn:
    raise JsonError("a number has no value")


def _check(root: object, deepest: int) -> None:
    """Looks for half a character, and for more levels than are allowed."""
    level = [root]
    depth = 0
    while level:
        below: list[object] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, list):
                below += value
                below.append(None)
            elif isinstance(value, dict):
                below += value.keys()
                below += value.values()
                below.append(None)
        depth += 1
        if below and depth > deepest:
            raise JsonError("it is nested too deeply")
        level = below


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise JsonError("a text has half a character in it") from None


_PLAIN = re.compile("[a-z_]{1,24}")
