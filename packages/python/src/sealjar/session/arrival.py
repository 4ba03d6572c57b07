"""How does a request become a session?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sealjar.clock import Timestamp, later
from sealjar.errors import ClockError, OpenError
from sealjar.opened import Opened
from sealjar.session import codec, envelope
from sealjar.session.cookie import MAX_CANDIDATES, chunk
from sealjar.session.cookie.scan import Found
from sealjar.session.data import Value
from sealjar.session.envelope import Envelope
from sealjar.session.request import FetchMetadata

if TYPE_CHECKING:
    from sealjar.session.jar import Jar


@dataclass(frozen=True)
class Origin:
    """Where a session comes from.

    `kind` is `absent`: no cookie of the name came; `opened`: one came and opened; `refused`: one
    came and was not taken for a session. It was left where it is then, and `refusal` says why.
    Times are seconds since 2025-01-01T00:00:00Z, `None` unless it opened.
    """

    kind: str
    refusal: OpenError | None = None
    withheld: bool = False
    """Whether a browser had to leave the cookie out if it has one, because of its `SameSite`: the
    request comes from another site, as the return from a payment by POST does. What is written then
    replaces the visitor's session, if there is one."""
    born: Timestamp | None = None
    """When the session began: its login, or its first write."""
    sealed_at: Timestamp | None = None
    expires_at: Timestamp | None = None
    """The first second in which the cookie no longer opens."""
    key_id: str | None = None
    """The key it was sealed with."""
    is_stale: bool = False
    """Whether a newer key seals now."""
    size: int = 0
    """The length of the sealed text, in bytes."""

    @property
    def word(self) -> str:
        """`absent`, `opened` or the kind of refusal, for logs."""
        return self.kind if self.refusal is None else self.refusal.kind


class Received(NamedTuple):
    """A session that came and opened."""

    opened: Opened
    envelope: Envelope
    body: bytes
    value: Value
    unknown: list[str]
    size: int

    @property
    def age(self) -> tuple[int, Timestamp]:
        """What is greater in the later one of two copies of a session."""
        return (self.envelope.revision, self.opened.sealed_at)

    def origin(self) -> Origin:
        """Says where it comes from."""
        opened = self.opened
        return Origin(
            "opened",
            born=opened.born,
            sealed_at=opened.sealed_at,
            expires_at=opened.expires_at,
            key_id=opened.key_id,
            is_stale=opened.is_stale,
            size=self.size,
        )


@dataclass
class Came:
    """What each of the cookies was, whichever of them is the session."""

    opened: list[bytes] = field(default_factory=list)
    """The ids of those that opened: several where nobody can tell which is the session."""
    logged_out: bool = False
    refused: bool = False

    @property
    def is_logged_out(self) -> bool:
        """Whether the visitor has logged out of whatever came."""
        return self.logged_out and not self.refused and not self.opened


class Arrival(NamedTuple):
    """What a request brought, once it was asked for."""

    origin: Origin
    received: Received | None
    value: Value
    parts: set[int]
    came: Came
    logged_out: list[bytes]


def receive(jar: Jar, headers: Sequence[bytes], fetch: FetchMetadata) -> Arrival:
    """Reads the request's cookies: the session that opens, or why none does."""
    found = Found(headers, jar.raw_name)
    came = Came()
    received = None
    if not found.values:
        origin = Origin("absent", withheld=fetch.withholds(jar.settings.same_site))
    else:
        now: Timestamp | None = None
        try:
            now = jar.now()
            received = _choose(jar, found, headers, now, came)
            origin = received.origin()
        except ClockError:
            origin = Origin("refused", _counted(jar, OpenError("clock")))
        except OpenError as refusal:
            origin = Origin("refused", refusal)
        if origin.refusal is not None:
            jar.report(origin.refusal, now)
    value = received.value if received else jar.empty()
    return Arrival(origin, received, value, found.parts, came, found.logged_out)


def _choose(
    jar: Jar, found: Found, headers: Sequence[bytes], now: Timestamp, came: Came
) -> Received:
    """Finds the session among the cookies of one name.

    Exactly one wins, never the first: a second cookie that somebody set must not lock the visitor
    out. Each is counted, and what is of all of them together is counted as well.
    """
    if len(found.values) > MAX_CANDIDATES:
        raise _counted(jar, OpenError("ambiguous"))
    opened: list[Received] = []
    refusals: list[OpenError] = []
    for value in found.values:
        try:
            opened.append(_open_one(jar, value, headers, found.logged_out, now))
        except OpenError as refusal:
            refusals.append(refusal)
            if refusal.kind == "logged_out":
                came.logged_out = True
            else:
                came.refused = True
    came.opened = [it.envelope.id for it in opened]
    if not opened:
        raise refusals[0]
    if len(set(came.opened)) > 1:
        raise _counted(jar, OpenError("ambiguous"))
    return max(opened, key=lambda it: it.age)


def _open_one(
    jar: Jar, value: bytes, headers: Sequence[bytes], logged_out: list[bytes], now: Timestamp
) -> Received:
    """Opens one token's text, and counts it once."""
    try:
        text = chunk.join(value, headers, jar.raw_name)
    except OpenError as refusal:
        raise _counted(jar, refusal) from None
    opened = jar.sealer.open_uncounted(text, now)
    try:
        received = _judge(jar, opened, len(text), logged_out, now)
    except OpenError as refusal:
        opened.count_refused(refusal.kind)
        raise
    opened.count()
    return received


def _judge(
    jar: Jar, opened: Opened, size: int, logged_out: list[bytes], now: Timestamp
) -> Received:
    """Reads the value, if the session is one of this schema and has not ended."""
    split = envelope.decode(opened.payload)
    if split is None:
        raise OpenError("undecodable")
    frame, body = split
    value, unknown = _read_value(jar, frame.schema, body)
    # No session outlives what the ring remembers of revocations.
    lifetime = min(jar.settings.timeouts.lifetime, opened.horizon)
    if now >= later(opened.born, lifetime):
        raise OpenError("too_old")
    if opened.is_session_revoked(frame.id):
        raise OpenError("revoked_session")
    if opened.lists_subjects:
        if jar.settings.subject is None:
            jar.warn_of_no_subject()
        subject = jar.subject_of(value)
        if subject is not None and opened.is_subject_revoked(subject):
            raise OpenError("revoked_subject")
    if frame.id in logged_out:
        raise OpenError("logged_out")
    return Received(opened, frame, body, value, unknown, size)


def _read_value(jar: Jar, schema: int, body: bytes) -> tuple[Value, list[str]]:
    settings = jar.settings
    if schema == settings.schema:
        read = codec.decode(body, settings.empty)
        if read is None:
            raise OpenError("undecodable")
        return jar.empty() | read.value, read.unknown
    value = None
    if settings.migrate is not None:
        other = codec.decode(body, None)
        if other is None:
            raise OpenError("undecodable")
        value = settings.migrate(schema, other.value)
    if value is None:
        raise OpenError("old_schema" if schema < settings.schema else "newer_schema")
    return jar.empty() | value, []


def _counted(jar: Jar, refusal: OpenError) -> OpenError:
    """Counts a refusal that is of no one key."""
    jar.sealer.count_refused(refusal.kind)
    return refusal
