"""What can a handler do with its visitor's session?"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from sealjar import aead
from sealjar.clock import Timestamp
from sealjar.errors import ClockError, NoClock, NoSealingKey, OpenError
from sealjar.session import codec, seal
from sealjar.session.close import logs_out
from sealjar.session.data import Value, copied
from sealjar.session.envelope import Envelope
from sealjar.session.errors import Closed, Nested, NotSealed
from sealjar.session.incoming import Incoming
from sealjar.session.intent import Intent
from sealjar.session.open import open_cookies
from sealjar.session.origin import Origin
from sealjar.session.request import FetchMetadata
from sealjar.session.state import Ended, State

if TYPE_CHECKING:
    from sealjar.session.jar import Jar

_LOG = logging.getLogger("sealjar")
T = TypeVar("T")


@dataclass(frozen=True)
class Standing:
    """What `recheck` finds: the session is valid until `expires_at`, or has ended, and why.

    Both are `None` where no session came: the visitor was anonymous from the start.
    """

    expires_at: Timestamp | None = None
    ended: OpenError | None = None


class Session:
    """A visitor's session during one request.

    The cookie is opened when the session is first asked for, and written when the response's head
    goes out, if anything was asked. A cookie that does not open is left where it is: the visitor is
    anonymous here, `origin` says why, and another replica may still open it.

    Two requests under way at once carry the same cookie, and the later `Set-Cookie` wins. Keep what
    must not be lost that way, such as stock or money, in a database.
    """

    def __init__(self, jar: Jar, headers: tuple[bytes, ...], fetch: FetchMetadata) -> None:
        self.jar = jar
        self.fetch = fetch
        self._headers = headers
        self._incoming: Incoming | None = None
        self._touched = False
        self._state = State()
        self._updating = threading.RLock()
        self._is_updating = False

    def get(self) -> Value:
        """Returns the session's value as it is now. Changing what it returns changes nothing.

        Call it before the response's head is out, once at least: that is what makes the response
        say to caches that it is this visitor's.
        """
        return cast(Value, copied(self._current()))

    def update(self, change: Callable[[Value], T]) -> T:
        """Changes the session, and returns what `change` returns. The one door for change.

        `change` works on a copy. The change is taken as a whole or not at all: an exception leaves
        the session as it was. When the value is the same as before, nothing is written. When its
        subject changes, the session is renewed as by `renew`: a login never keeps the id that came
        before it.

        Raises `SessionTooLarge` with the exact size of the lines, `NotSealed`, `NotEncodable`,
        `Nested` inside another `update`, or `Closed` once the response's head is out.
        """
        with self._changing():
            before = self._current()
            value: Value = copied(before)
            result = change(value)
            self._commit(before, value)
            return result

    def replace(self, value: Value) -> None:
        """Changes the session to this value, as `update` does."""
        with self._changing():
            self._commit(self._current(), value)

    def renew(self) -> None:
        """Gives the session a new id. Call it at every login and change of rights.

        The absolute lifetime continues, unless the subject changes in this request.
        """
        if self._ask(Intent.RENEW):
            self._state.keep_unknown = False
            self._state.new_id = self._state.new_id or aead.random(8)

    def purge(self) -> None:
        """Ends the session: the value is empty again and the cookie is expired.

        So it is whether the cookie could be opened or not. A value that is written afterwards
        begins a new session. A copy of the cookie that somebody kept stays valid until its time is
        over, unless the ring revokes it. If no cookie of the session came, nothing is sent.
        """
        if self._end():
            self._state.end(Ended.PURGED)

    def discard(self) -> None:
        """Ends a session that is nobody's, such as a message for the next page.

        It does what `purge` does, without what a logout needs: no second cookie that keeps a slower
        response from bringing the session back. The session of a subject is purged.
        """
        received = self._used().received
        if received is not None and self.jar.subject_of(received.value) is not None:
            self.purge()
        elif self._end():
            self._state.end(Ended.DISCARDED)

    def keep_alive(self) -> None:
        """Lets this response extend the idle time when that is due, also from the background."""
        if self._ask(Intent.KEEP):
            self._state.keep_alive = True

    @property
    def is_speculative(self) -> bool:
        """Whether the visitor may never see this response: the browser fetches the page ahead."""
        return self.fetch.is_speculative

    @property
    def id(self) -> str | None:
        """The session's id, 16 hexadecimal digits, `None` while there is no session.

        It is no secret: it names the session in logs, and in the ring when it is revoked.
        """
        received = self._used().received
        state = self._state
        session_id = None if state.intent is Intent.PURGE else state.new_id
        if received is not None and state.intent in (Intent.KEEP, Intent.WRITE):
            session_id = received.envelope.id
        return None if session_id is None else session_id.hex()

    @property
    def revision(self) -> int:
        """How many writes the session that came had seen, 0 when none came."""
        received = self._used().received
        return 0 if received is None else received.envelope.revision

    @property
    def origin(self) -> Origin:
        """Where the session comes from, and why a cookie was refused."""
        return self._used().origin

    def recheck(self) -> Standing:
        """Opens the cookie that came once more, by the ring and the time of now.

        For handlers that outlive their response, such as those of a WebSocket. It finds out what
        this replica can know: a revoked session, person or key, and the end of its time. It does
        not know that the visitor has logged out in another tab. It changes nothing.
        """
        incoming = self._open()
        if incoming.received is None:
            return Standing()
        if self._state.ends_what_came or logs_out(self.jar, incoming, self._state):
            return Standing(ended=OpenError("logged_out"))
        again = open_cookies(self.jar, self._headers, self.fetch)
        if again.received is None:
            return Standing(ended=again.origin.refusal)
        if again.received.envelope.id != incoming.received.envelope.id:
            return Standing(ended=OpenError("ambiguous"))
        return Standing(again.received.opened.expires_at)

    @property
    def is_touched(self) -> bool:
        """Whether a handler has asked for the session, so that the response depends on it."""
        return self._touched

    @property
    def is_closed(self) -> bool:
        """Whether the response's head is out."""
        return self._state.closed

    def forget_writes(self) -> None:
        """Forgets what was written in this request, for a response that reports an error.

        A session that was ended stays ended.
        """
        if self._state.intent is not Intent.PURGE and not self._state.closed:
            self._state = State()

    def finish(self) -> tuple[Incoming, State] | None:
        """Closes the session. Returns what there is to write, `None` when nobody asked for it."""
        was_closed, self._state.closed = self._state.closed, True
        if was_closed or not self._touched or self._incoming is None:
            return None
        return self._incoming, self._state

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._updating:
            if self._is_updating:
                raise Nested
            self._used()
            if self._state.closed:
                raise Closed
            self._is_updating = True
            try:
                yield
            finally:
                self._is_updating = False

    def _commit(self, before: Value, value: Value) -> None:
        """Takes a changed value, if it can be sealed and fits."""
        if codec.same(before, value):
            return
        jar, state, incoming = self.jar, self._state, self._used()
        body = seal.encode(value, [])
        received = incoming.received
        try:
            now = jar.now() if received is None else received.opened.opened_at
        except ClockError:
            raise NotSealed from NoClock()
        if jar.sealer.longest_ttl_at(now) is None:
            raise NotSealed from NoSealingKey()
        if state.closed:
            raise Closed
        subject_changed = jar.subject_of(before) != jar.subject_of(value)
        intent = state.intent.then(Intent.WRITE)
        intent = intent.then(Intent.RENEW if subject_changed else Intent.WRITE)
        continued = received if intent is Intent.WRITE else None
        # Where nothing says whose the session is, this may be another person's login.
        keep_unknown = state.keep_unknown and jar.settings.subject is not None
        if continued is not None and keep_unknown and continued.unknown:
            body = seal.encode(value, continued.unknown)
        revision = 0 if continued is None else continued.envelope.revision + 1
        envelope = Envelope(jar.settings.schema, bytes(8), min(revision, 0xFFFF_FFFF))
        seal.fit(jar, value, len(envelope.encode(body)))
        if continued is None and state.new_id is None:
            state.new_id = aead.random(8)
        state.intent = intent
        if subject_changed:
            state.end(Ended.SUBJECT_CHANGED)
        state.keep_unknown = keep_unknown
        state.value = copied(value)

    def _end(self) -> bool:
        if not self._ask(Intent.PURGE):
            return False
        self._state.value = self.jar.empty()
        self._state.new_id = None
        self._state.keep_unknown = False
        return True

    def _ask(self, intent: Intent) -> bool:
        self._used()
        if self._state.closed:
            message = "%s: %s was asked after the response's head was out, nothing was done"
            _LOG.error(message, self.jar.cookie_name, intent.value)
            return False
        self._state.intent = self._state.intent.then(intent)
        return True

    def _current(self) -> Value:
        incoming = self._used()
        return incoming.value if self._state.value is None else self._state.value

    def _used(self) -> Incoming:
        if not self._touched:
            self._touched = True
            if self._state.closed:
                _LOG.error(
                    "%s: first read after the response's head was out, which says nothing to "
                    "caches: read the session before answering",
                    self.jar.cookie_name,
                )
        return self._open()

    def _open(self) -> Incoming:
        if self._incoming is None:
            self._incoming = open_cookies(self.jar, self._headers, self.fetch)
        return self._incoming

    def __repr__(self) -> str:
        origin = self._incoming and str(self._incoming.origin)
        intent = self._state.intent.value
        return f"Session({self.jar.cookie_name}, origin={origin}, intent={intent})"
