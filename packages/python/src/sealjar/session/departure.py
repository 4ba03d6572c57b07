"""How does a session become the lines of a response?"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from sealjar import aead
from sealjar.clock import Timestamp, earlier, later, since
from sealjar.errors import ClockError, NoClock, SealError, TooLarge
from sealjar.plaintext import Times
from sealjar.session import codec
from sealjar.session.arrival import Arrival
from sealjar.session.cookie.chunk import Layout
from sealjar.session.cookie.write import Writer
from sealjar.session.data import After, At, Value
from sealjar.session.envelope import Envelope
from sealjar.session.errors import NotEncodable, NotSealed, SessionTooLarge
from sealjar.session.fate import Fate
from sealjar.session.request import FetchMetadata
from sealjar.session.state import State
from sealjar.session.timeouts import whole_seconds
from sealjar.token import sealed_len

if TYPE_CHECKING:
    from sealjar.session.jar import Jar

_LOG = logging.getLogger("sealjar")
_GREATEST_REVISION = 0xFFFF_FFFF


class Due(NamedTuple):
    """A session that was only read, and is to be sealed again."""

    now: Timestamp
    urgent: bool
    """Whether more than half of its idle time is gone."""


def fit(jar: Jar, value: Value, payload: int) -> Layout:
    """Checks that a session fits into its cookies. Raises `SessionTooLarge`."""
    settings = jar.settings
    # Sized for the longest `Max-Age` that can ever be written, so that whether a session fits does
    # not depend on its age.
    max_age = idle(jar, value) if is_persistent(jar, value) else None
    token = sealed_len(payload, jar.sealer.padding)
    end = len(settings.attributes.until(max_age))
    try:
        return Layout.fit(len(settings.name), token, end, settings.max_size)
    except TooLarge as error:
        raise SessionTooLarge(error.size, error.limit) from None


def encode(value: Value, unknown: list[str]) -> bytes:
    """Writes a value. Raises `NotEncodable`."""
    try:
        return codec.encode(value, unknown)
    except codec.Unencodable as error:
        raise NotEncodable(str(error)) from None


def extends(jar: Jar, fetch: FetchMetadata, state: State) -> bool:
    """Returns whether this request may extend the session's idle time."""
    any_use = jar.settings.keep_alive and not fetch.is_speculative
    return fetch.is_navigation or state.keep_alive or any_use


def due_reseal(jar: Jar, is_extended: bool, arrival: Arrival, state: State) -> Due | None:
    """Returns when an untouched session is to be sealed again: `None` most of the time."""
    received = arrival.received
    if received is None or state.fate is not Fate.KEEP or not is_extended:
        return None
    expiry = jar.expiry_of(received.value)
    if isinstance(expiry, At) and received.opened.expires_at >= expiry.stored:
        # It would not live a second longer.
        return None
    now = received.opened.opened_at
    timeouts = jar.settings.timeouts
    longest = jar.sealer.longest_ttl_at(now)
    lives = idle(jar, received.value)
    lives = lives if longest is None else min(lives, longest)
    after = timeouts.refresh_after
    if lives < timeouts.idle:
        after = min(after, max(lives // 4, 1))
    age = since(now, received.opened.sealed_at)
    return Due(now, urgent=age > lives // 2) if age >= after else None


def has_nothing_to_expire(jar: Jar, arrival: Arrival) -> bool:
    """Returns whether the browser has no cookie of the session: none came, and it would have."""
    origin = arrival.origin
    is_absent = origin.kind == "absent" and not origin.withheld
    return is_absent and not arrival.parts and jar.settings.comes_always


def clears_logged_out(is_extended: bool, arrival: Arrival, state: State) -> bool:
    """Returns whether a cookie is to be expired that a slower answer brought back after a logout.

    Only where it would be sealed again: it takes a login with it whose answer comes between.
    """
    return state.fate is Fate.KEEP and is_extended and arrival.came.is_logged_out


def logs_out(jar: Jar, arrival: Arrival, state: State) -> bool:
    """Returns whether the session that came has ended, or is no longer its subject's."""
    return state.purged or leaves_subject(jar, arrival, state)


def leaves_subject(jar: Jar, arrival: Arrival, state: State) -> bool:
    """Returns whether a subject was logged in whose session no later answer may bring back."""
    received = arrival.received
    return (
        state.subject_changed
        and received is not None
        and jar.subject_of(received.value) is not None
    )


def mark_ended(jar: Jar, arrival: Arrival, state: State, lines: Writer) -> None:
    """Marks the sessions that have ended as logged out, beside those that were before.

    No answer that is still under way can seal one of them for longer than the mark lives.
    """
    if state.purged:
        ended = arrival.came.opened
    elif arrival.received is not None and logs_out(jar, arrival, state):
        ended = [arrival.received.envelope.id]
    else:
        return
    if ended:
        skew = jar.sealer.ring.load().head.timing.skew
        max_age = later(jar.settings.timeouts.lifetime, skew)
        lines.mark_logged_out([*ended, *arrival.logged_out], max_age)


def is_written_to_end(jar: Jar, arrival: Arrival, state: State) -> bool:
    """Returns whether what was written says that the session has ended. It is purged then."""
    if state.fate not in (Fate.WRITE, Fate.RENEW):
        return False
    expiry = jar.expiry_of(arrival.value if state.value is None else state.value)
    try:
        return isinstance(expiry, At) and jar.now() >= expiry.stored
    except ClockError:
        return False


def reseal(jar: Jar, arrival: Arrival, now: Timestamp, lines: Writer) -> None:
    """Seals the received bytes again, unchanged, with new times.

    A session that cannot be sealed again stays as it is.
    """
    received = arrival.received
    if received is None:
        return
    try:
        born, payload = received.opened.born, received.opened.payload
        token, layout, max_age = _seal(jar, received.value, payload, born, now)
    except (NotSealed, SessionTooLarge) as error:
        # Every navigation meets this while it lasts.
        if jar.loudness.is_new("not resealed", now):
            _LOG.warning("%s: a session was not sealed again: %s", jar.cookie_name, error)
        return
    lines.set_session(token, layout, max_age)


def seal_changed(jar: Jar, arrival: Arrival, state: State, lines: Writer) -> None:
    """Seals what was written. Raises `SessionError`."""
    try:
        now = jar.now()
    except ClockError:
        raise NotSealed from NoClock()
    value = arrival.value if state.value is None else state.value
    received = arrival.received
    going_on = None if state.begins_anew else received
    if going_on is not None:
        session_id = going_on.envelope.id
        revision = min(going_on.envelope.revision + 1, _GREATEST_REVISION)
    else:
        session_id = state.new_id or aead.random(8)
        revision = 0
    if received is not None and state.keeps_birth:
        born = received.opened.born
    else:
        born = jar.first_birth(jar.subject_of(value), now)
    unknown = going_on.unknown if going_on is not None and state.keep_unknown else []
    frame = Envelope(jar.settings.schema, session_id, revision)
    payload = frame.encode(encode(value, unknown))
    token, layout, max_age = _seal(jar, value, payload, born, now)
    lines.replace(token, layout, max_age, arrival.parts)


def _seal(
    jar: Jar, value: Value, payload: bytes, born: Timestamp, now: Timestamp
) -> tuple[str, Layout, int | None]:
    """Seals a payload, and says in how many cookies it goes and for how long.

    The one way a session leaves.
    """
    layout = fit(jar, value, len(payload))
    # A later ring may forget revocations sooner than the one the jar was built with. No session
    # outlives what is remembered.
    ring = jar.sealer.ring.load()
    lifetime = min(jar.settings.timeouts.lifetime, ring.revocations.horizon)
    # A replica whose clock is ahead may have given a login a birth that lies ahead of its own time.
    # Sealed by a clock that is behind, the session would be refused as born too late after that.
    now = max(now, earlier(born, ring.head.timing.skew))
    wanted = min(later(now, idle(jar, value)), later(born, lifetime))
    expiry = jar.expiry_of(value)
    if isinstance(expiry, At):
        wanted = min(wanted, max(expiry.stored, now))
    try:
        token, expires_at = jar.sealer.seal_with(payload, Times(born, now, wanted))
    except SealError as error:
        raise NotSealed from error
    if expires_at < wanted and jar.loudness.first("cut lifetime"):
        message = "%s: the ring's key allows less than the idle timeout, sessions end earlier"
        _LOG.warning(message, jar.cookie_name)
    max_age = since(expires_at, now) if is_persistent(jar, value) else None
    return str(token), layout, max_age


def idle(jar: Jar, value: Value) -> int:
    """Returns how long this session lives without use, in seconds."""
    limit = jar.settings.timeouts.idle
    expiry = jar.expiry_of(value)
    if isinstance(expiry, After):
        return min(max(whole_seconds(expiry.duration) or 0, 1), limit)
    return limit


def is_persistent(jar: Jar, value: Value) -> bool:
    """Returns whether the cookie outlives the browser's window."""
    expiry = jar.expiry_of(value)
    if expiry == "jar":
        return jar.settings.persistent
    return expiry != "browser"
