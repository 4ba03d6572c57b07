"""What can go wrong with a token or a ring, and what is each called?"""

from __future__ import annotations

from typing import Literal, get_args

RefusalKind = Literal[
    "ambiguous",
    "bad_time",
    "clock",
    "expired",
    "forged",
    "logged_out",
    "malformed",
    "malformed_inner",
    "newer_schema",
    "old_schema",
    "outside_key_window",
    "revoked_all",
    "revoked_key",
    "revoked_session",
    "revoked_subject",
    "spent_key",
    "too_old",
    "torn_chunks",
    "undecodable",
    "unknown_key",
    "unknown_version",
]
"""The word for a refusal, in logs and counts. SPEC.md says what each means."""

REFUSAL_KINDS: tuple[RefusalKind, ...] = get_args(RefusalKind)
"""All words, in alphabetical order."""


class SealjarError(Exception):
    """The base of all errors of this package."""


class ClockError(SealjarError):
    """A time that cannot be held, or that is not written as it must be."""

    def __str__(self) -> str:
        return "the time is not a YYYY-MM-DDTHH:MM:SSZ between 2025-01-01 and 2161-02-07"


class OpenError(SealjarError):
    """A token was refused.

    `kind` is the word for it. Never show it to the client: every refusal has to look the same from
    outside. `key_id` is the id of the key that the refusal is about, where it is about one; its
    bytes may come from anybody.
    """

    def __init__(self, kind: RefusalKind, key_id: str | None = None) -> None:
        super().__init__(kind, key_id)
        self.kind = kind
        self.key_id = key_id

    def __str__(self) -> str:
        return _REFUSED[self.kind].format(key=self.key_id)


class SealError(SealjarError):
    """Nothing could be sealed."""


class NoSealingKey(SealError):
    """The ring names no key to seal with now, or one of a suite that this build does not know."""

    def __str__(self) -> str:
        return "the ring has no key to seal with now"


class NoClock(SealError):
    """The clock shows a time that no token can hold."""

    def __str__(self) -> str:
        return "the clock shows a time that no token can hold"


class TooLarge(SealError):
    """A token or a session would be longer than it may be. `size` and `limit` are in characters."""

    def __init__(self, size: int, limit: int, what: str = "the token") -> None:
        super().__init__(size, limit, what)
        self.size = size
        self.limit = limit
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} would take {self.size} bytes, the limit is {self.limit}"


class ContextError(SealjarError):
    """What a token is for cannot be used: a reserved purpose, or a part that is too long."""


class RingError(SealjarError):
    """A ring was refused, or not taken in place of the one in use. No message repeats a value."""


class RingTooLarge(RingError):
    """The document is longer than 500 000 bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size

    def __str__(self) -> str:
        return f"the document is {self.size} bytes long, the limit is 500000"


class RingSyntax(RingError):
    """The text is not one JSON value, or has a member twice."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"not a ring document: {self.reason}"


class UnsupportedFormat(RingError):
    """The document is of another format, or has a critical field that is not known here."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"unsupported_format: {self.reason}"


class RingDocument(RingError):
    """A field is missing, malformed or contradicts another. `place` is such as `keys[1].secret`."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(place, reason)
        self.place = place
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class RingAhead(RingError):
    """The epoch lies more than a day ahead of this machine's clock."""

    def __init__(self, epoch: int, latest: int) -> None:
        super().__init__(epoch, latest)
        self.epoch = epoch
        self.latest = latest

    def __str__(self) -> str:
        return (
            f"epoch {self.epoch} lies ahead of this machine's clock, by which none is greater than "
            f"{self.latest}"
        )


class AnotherRing(RingError):
    """The ring has the name of the one in use, and neither its id nor any of its keys."""

    def __init__(self, name: str, current: str, found: str) -> None:
        super().__init__(name, current, found)
        self.name = name
        self.current = current
        self.found = found

    def __str__(self) -> str:
        return (
            f'this is another ring of the name "{self.name}": its id is {self.found}, '
            f"the id of the ring in use {self.current}, and they have no key in common"
        )


class ForeignRing(RingError):
    """The ring has another name than the one in use."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return f'the ring "{self.found}" is not the ring "{self.expected}" in use'


class OlderRing(RingError):
    """The epoch is older than the one in use."""

    def __init__(self, current: int, found: int) -> None:
        super().__init__(current, found)
        self.current = current
        self.found = found

    def __str__(self) -> str:
        return f"epoch {self.found} is older than epoch {self.current} in use"


class RingConflict(RingError):
    """The epoch is the one in use and the content is another: two writers, or an edit by hand."""

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch)
        self.epoch = epoch

    def __str__(self) -> str:
        return f"epoch {self.epoch} is in use with other content"


_REFUSED: dict[RefusalKind, str] = {
    "ambiguous": "several cookies claim to be the session",
    "bad_time": "the times in the token contradict its key or the clock",
    "clock": "the clock shows a time that no token can hold",
    "expired": "the token has expired",
    "forged": "the token does not authenticate",
    "logged_out": "the visitor has logged out of the session",
    "malformed": "the text is not a token",
    "malformed_inner": "the token's plaintext has no padding mark",
    "newer_schema": "the session is of a newer schema",
    "old_schema": "the session is of an older schema",
    "outside_key_window": "the token was sealed after its key had stopped sealing",
    "revoked_all": "the token was born before the ring's floor",
    "revoked_key": "key {key} is revoked",
    "revoked_session": "the session is revoked",
    "revoked_subject": "the subject's sessions are revoked",
    "spent_key": "key {key} no longer opens",
    "too_old": "the session's absolute lifetime is over",
    "torn_chunks": "the parts of the cookie do not belong together",
    "undecodable": "the payload is no session",
    "unknown_key": "the ring holds no key {key} of the token's suite",
    "unknown_version": "the token's version is not known",
}
