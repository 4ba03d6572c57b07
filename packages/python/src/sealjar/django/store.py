"""What is a session to Django's views?"""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from sealjar.django import configuration
from sealjar.session import testing
from sealjar.session.data import Value
from sealjar.session.mapping import settle
from sealjar.session.session import Session


class SessionStore(SessionBase):
    """A session as Django's views see it.

    In a request `session_key` is the session's id: 16 hexadecimal digits, no secret, the same until
    `cycle_key`. In a store that is made by itself, as Django's test client makes one, it is the
    cookie's value. Changes inside of a list or a dictionary count, without `modified = True`.
    `sealed` is the `Session` beneath.
    """

    def __init__(self, session_key: str | None = None, sealed: Session | None = None) -> None:
        super().__init__(None)
        self._token = session_key if sealed is None else None
        self._is_alone = sealed is None
        self._session_cache: Value
        name = settings.SESSION_COOKIE_NAME
        cookies = [f"{name}={session_key}".encode("latin-1", "replace")] if session_key else []
        self.sealed = configuration.jar().open(cookies) if sealed is None else sealed

    @property
    def session_key(self) -> str | None:
        """The session's id, or the cookie's value in a store that is made by itself."""
        return self._token if self._is_alone else self.sealed.id

    def load(self) -> Value:
        """Returns the session's value."""
        return self.sealed.get()

    def settle(self) -> None:
        """Takes what has been changed so far. Raises `SessionError` when it cannot be kept."""
        value = getattr(self, "_session_cache", None)
        if value is not None:
            settle(self.sealed, value)

    def save(self, must_create: bool = False) -> None:
        """Takes what has been changed so far, to learn here whether it can be kept.

        Raises `SessionError`. A store that is made by itself is sealed, and has its token after it.
        """
        self.settle()
        self.modified = True
        if self._is_alone:
            value = self.sealed.get()
            self._token = testing.cookie_for(self.sealed.jar, value).partition("=")[2]
            self.sealed = self.sealed.jar.open(
                [f"{self.sealed.jar.cookie_name}={self._token}".encode()]
            )

    def create(self) -> None:
        """Begins a session, also one that holds nothing."""
        self.sealed.renew()
        self.modified = True

    def cycle_key(self) -> None:
        """Gives the session a new id, and keeps what it holds."""
        self.settle()
        self.sealed.renew()
        self.modified = True

    def flush(self) -> None:
        """Ends the session, as a logout does. What is written afterwards begins a new one."""
        self.sealed.purge()
        self._session_cache = {}
        self._token = None
        self.accessed = self.modified = True

    def clear(self) -> None:
        """Empties the session, which ends it if nothing is written afterwards."""
        self._session_cache = {}
        self.accessed = self.modified = True

    def delete(self, session_key: str | None = None) -> None:
        """Ends the session. No server keeps one, so no other can be ended by its key."""
        if session_key is None or session_key == self.session_key:
            self.flush()

    def exists(self, session_key: str) -> bool:
        """Returns `False`: no server keeps a list of sessions."""
        return False

    def is_empty(self) -> bool:
        """Returns whether there is no session and nothing to write."""
        return self.session_key is None and not getattr(self, "_session_cache", None)

    def get_session_cookie_age(self) -> int:
        """Returns how long the session lives without use, in seconds."""
        return self.sealed.jar.settings.timeouts.idle

    @classmethod
    def clear_expired(cls) -> None:
        """Does nothing: expired sessions are in browsers alone."""

    def _get_session(self, no_load: bool = False) -> Value:
        self.accessed = True
        try:
            return self._session_cache
        except AttributeError:
            self._session_cache = {} if no_load else self.load()
        return self._session_cache

    _session = property(_get_session)

    # All of it computes and waits for nothing.

    async def _aget_session(self, no_load: bool = False) -> Value:
        return self._get_session(no_load)

    async def aload(self) -> Value:
        """Returns the session's value."""
        return self.load()

    async def asave(self, must_create: bool = False) -> None:
        """Takes what has been changed so far, as `save` does."""
        self.save(must_create)

    async def acreate(self) -> None:
        """Begins a session, as `create` does."""
        self.create()

    async def acycle_key(self) -> None:
        """Gives the session a new id, as `cycle_key` does."""
        self.cycle_key()

    async def aflush(self) -> None:
        """Ends the session, as `flush` does."""
        self.flush()

    async def adelete(self, session_key: str | None = None) -> None:
        """Ends the session, as `delete` does."""
        self.delete(session_key)

    async def aexists(self, session_key: str) -> bool:
        """Returns `False`, as `exists` does."""
        return False

    @classmethod
    async def aclear_expired(cls) -> None:
        """Does nothing, as `clear_expired` does."""
