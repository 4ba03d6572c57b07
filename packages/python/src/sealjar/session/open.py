"""How does a request become a session?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sealjar.clock import Timestamp, later
from sealjar.errors import ClockError, OpenError
from sealjar.opened import Opened
from sealjar.session import codec, envelope
from sealjar.session.cookie import MAX_CANDIDATES, chunk
from sealjar.session.cookie.scan import Found
from sealjar.session.data import Value
from sealjar.session.incoming import Incoming, Received, Tried
from sealjar.session.origin import Origin
from sealjar.session.request import FetchMetadata

if TYPE_CHECKING:
    from sealjar.session.jar import Jar


def open_cookies(jar: Jar, headers: Sequence[bytes], fetch: FetchMetadata) -> Incoming:
    """Reads the request's cookies: the session that opens, or why none does."""
    found = Found(headers, jar.raw_name)
    tried = Tried()
    received = None
    if not found.values:
        origin = Origin("absent", withheld=fetch.withholds(jar.settings.same_site))
    else:
        now: Timestamp | None = None
        try:
            now = jar.now()
            received = _open_candidates(jar, found, headers, now, tried)
            origin = received.origin()
        except ClockError:
            origin = Origin("refused", _counted(jar, OpenError("clock")))
        except OpenError as refusal:
            origin = Origin("refused", refusal)
        if origin.refusal is not None:
            jar.log_refusal(origin.refusal, now)
    value = received.value if received else jar.empty()
    return Incoming(origin, received, value, found.parts, tried, found.logged_out)


def _open_candidates(
    jar: Jar, found: Found, headers: Sequence[bytes], now: Timestamp, tried: Tried
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
            opened.append(_open_token(jar, value, headers, found.logged_out, now))
        except OpenError as refusal:
            refusals.append(refusal)
            if refusal.kind == "logged_out":
                tried.logged_out = True
            else:
                tried.refused = True
    tried.opened = [it.envelope.id for it in opened]
    if not opened:
        raise refusals[0]
    if len(set(tried.opened)) > 1:
        raise _counted(jar, OpenError("ambiguous"))
    return max(opened, key=lambda it: it.age)


def _open_token(
    jar: Jar, value: bytes, headers: Sequence[bytes], logged_out: list[bytes], now: Timestamp
) -> Received:
    """Opens one token's text, and counts it once."""
    try:
        text = chunk.join(value, headers, jar.raw_name)
    except OpenError as refusal:
        raise _counted(jar, refusal) from None
    opened = jar.sealer.open_uncounted(text, now)
    try:
        received = _read_session(jar, opened, len(text), logged_out, now)
    except OpenError as refusal:
        opened.count_refused(refusal.kind)
        raise
    opened.count()
    return received


def _read_session(
    jar: Jar, opened: Opened, size: int, logged_out: list[bytes], now: Timestamp
) -> Received:
    """Reads the value, if the session is one of this schema and has not ended."""
    split = envelope.decode(opened.payload)
    if split is None:
        raise OpenError("undecodable")
    frame, body = split
    value, unknown = _read_value(jar, frame.schema, body)
    judge_session(jar, opened, frame.id, value, now)
    if frame.id in logged_out:
        raise OpenError("logged_out")
    return Received(opened, frame, body, value, unknown, size)


def judge_session(
    jar: Jar, opened: Opened, session_id: bytes, value: Value, now: Timestamp
) -> None:
    """Raises `OpenError` for a session that is over: from `too_old` to `revoked_subject`."""
    # No session outlives what the ring remembers of revocations.
    lifetime = min(jar.settings.timeouts.lifetime, opened.horizon)
    if now >= later(opened.born, lifetime):
        raise OpenError("too_old")
    if opened.is_session_revoked(session_id):
        raise OpenError("revoked_session")
    if opened.lists_subjects:
        if jar.settings.subject is None:
            jar.warn_of_no_subject()
        subject = jar.subject_of(value)
        if subject is not None and opened.is_subject_revoked(subject):
            raise OpenError("revoked_subject")


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
