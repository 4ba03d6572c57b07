"""How is a session sealed, and for how long?"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sealjar import aead
from sealjar.clock import Timestamp, earlier, later, since
from sealjar.errors import ClockError, NoClock, SealError, TooLarge
from sealjar.plaintext import Times
from sealjar.session import codec
from sealjar.session.cookie.chunk import Layout
from sealjar.session.cookie.write import Writer
from sealjar.session.data import After, At, Value
from sealjar.session.envelope import Envelope
from sealjar.session.errors import NotEncodable, NotSealed, SessionTooLarge
from sealjar.session.incoming import Incoming
from sealjar.session.state import State
from sealjar.session.timeouts import whole_seconds
from sealjar.token import sealed_len

if TYPE_CHECKING:
    from sealjar.session.jar import Jar

_LOG = logging.getLogger("sealjar")
_GREATEST_REVISION = 0xFFFF_FFFF


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


def seal_again(jar: Jar, incoming: Incoming, now: Timestamp, lines: Writer) -> None:
    """Seals the received bytes again, unchanged, with new times.

    A session that cannot be sealed again stays as it is.
    """
    received = incoming.received
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


def seal_changed(jar: Jar, incoming: Incoming, state: State, lines: Writer) -> None:
    """Seals what was written. Raises `SessionError`."""
    try:
        now = jar.now()
    except ClockError:
        raise NotSealed from NoClock()
    value = incoming.value if state.value is None else state.value
    received = incoming.received
    continued = None if state.begins_anew else received
    if continued is not None:
        session_id = continued.envelope.id
        revision = min(continued.envelope.revision + 1, _GREATEST_REVISION)
    else:
        session_id = state.new_id or aead.random(8)
        revision = 0
    if received is not None and state.keeps_birth:
        born = received.opened.born
    else:
        born = jar.first_birth(jar.subject_of(value), now)
    unknown = continued.unknown if continued is not None and state.keep_unknown else []
    envelope = Envelope(jar.settings.schema, session_id, revision)
    payload = envelope.encode(encode(value, unknown))
    token, layout, max_age = _seal(jar, value, payload, born, now)
    lines.replace(token, layout, max_age, incoming.parts)


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
