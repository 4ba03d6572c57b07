"""Sealed sessions for Django: `request.session`.

In the settings:

    SESSION_ENGINE = "sealjar.django"
    SESSION_COOKIE_NAME = "__Host-Http-session"
    SESSION_COOKIE_SECURE = True
    SEALJAR = {"app": "shop-prod"}

and in `MIDDLEWARE`, `sealjar.django.SessionMiddleware` in place of
`django.contrib.sessions.middleware.SessionMiddleware`. `django.contrib.auth` works as it does: a
login renews the session, a logout ends it, and "log this person out everywhere" is one command.

`SEALJAR` holds `app`, `ring` (the path of the ring's file; without it `FileSource.find` looks, and
makes one for development while `DEBUG` is on), and what `Jar` takes beside the cookie, such as
`lifetime`, `max_size` or `binding`. The cookie is that of Django's own settings:
`SESSION_COOKIE_NAME`, `_PATH`, `_DOMAIN`, `_SAMESITE`, `_SECURE`; `SESSION_COOKIE_AGE` is the time
without use, `SESSION_SAVE_EVERY_REQUEST` the jar's `keep_alive`.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import datetime, timedelta
from functools import cache
from http.cookies import Morsel
from typing import Any, Protocol

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware as DjangosMiddleware
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from sealjar.session import testing
from sealjar.session.closing import Closing
from sealjar.session.data import After, At, Expiry, Value
from sealjar.session.errors import ConfigError
from sealjar.session.jar import Jar
from sealjar.session.mapping import settle
from sealjar.session.request import FetchMetadata
from sealjar.session.session import Session
from sealjar.source.errors import SourceError
from sealjar.source.file import FileSource
from sealjar.source.readiness import Readiness
from sealjar.source.watcher import Watcher

_DJANGOS = "django.contrib.sessions.middleware.SessionMiddleware"
_OURS = "sealjar.django.SessionMiddleware"


@cache
def jar() -> Jar:
    """Returns the jar of the settings. Raises `ImproperlyConfigured` when they cannot work."""
    _check_settings()
    options = dict(getattr(settings, "SEALJAR", {}))
    options.pop("ring", None)
    age = settings.SESSION_COOKIE_AGE if _is_set("SESSION_COOKIE_AGE") else None
    try:
        return Jar(
            _watcher().ring,
            options.pop("app", ""),
            **{
                "subject": "/_auth_user_id",
                "expiry": _expiry,
                "idle_timeout": None if age is None else timedelta(seconds=age),
                "cookie_name": settings.SESSION_COOKIE_NAME,
                "path": settings.SESSION_COOKIE_PATH,
                "domain": settings.SESSION_COOKIE_DOMAIN,
                "same_site": settings.SESSION_COOKIE_SAMESITE or "None",
                "allow_insecure_http": not settings.SESSION_COOKIE_SECURE,
                "persistent": not settings.SESSION_EXPIRE_AT_BROWSER_CLOSE,
                "keep_alive": settings.SESSION_SAVE_EVERY_REQUEST,
            }
            | options,
        )
    except (ConfigError, TypeError) as error:
        raise ImproperlyConfigured(f"SEALJAR, or SESSION_COOKIE_...: {error}") from error


def readiness() -> Readiness:
    """Returns what answers health checks: whether this process may serve.

    readiness().check() raises `NotReady` with a reason and a hint.
    """
    return _watcher().readiness


@cache
def _watcher() -> Watcher:
    path = getattr(settings, "SEALJAR", {}).get("ring")
    try:
        source = FileSource(path) if path else FileSource.find(development=settings.DEBUG)
        return Watcher.start(source)
    except SourceError as error:
        raise ImproperlyConfigured(f"SEALJAR: {error}") from error


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
        self.sealed = jar().open(cookies) if sealed is None else sealed

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
            self.sealed = self.sealed.jar.open([f"{jar().cookie_name}={self._token}".encode()])

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


class SessionMiddleware(DjangosMiddleware):
    """Gives each request its session, in place of Django's own middleware.

    Django's would expire a cookie that this replica cannot open, decode names and quotes, and send
    one cookie alone. As with Django's, a response of 500 and above writes nothing; a logout in it
    counts. A change that cannot be kept raises `SessionError` when the response goes out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.jar = jar()

    def process_request(self, request: HttpRequest) -> None:
        """Begins a request."""
        raw = request.META.get("HTTP_COOKIE", "")
        cookies = [raw.encode("latin-1", "replace")] if raw else []
        fetch = FetchMetadata.read(request.method or "GET", request.headers.get)
        request.session = SessionStore(sealed=self.jar.open(cookies, fetch))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Ends a request."""
        store = getattr(request, "session", None)
        if not isinstance(store, SessionStore):
            return response
        sealed = store.sealed
        if response.status_code >= 500:
            sealed.forget_writes()
        else:
            store.settle()
        if sealed.is_touched:
            _apply(self.jar.close(sealed, response.items()), response)
        sealed.finish()
        return response


class _Line(Morsel[str]):
    """A `Set-Cookie` line that is written as it was made."""

    line: str

    @classmethod
    def of(cls, line: str) -> _Line:
        """Makes one of a line."""
        pair, *attributes = line.split("; ")
        name, _, value = pair.partition("=")
        made = cls()
        made.set(name, value, value)
        made.line = line
        for attribute in attributes:
            of, _, said = attribute.partition("=")
            if of.lower() in made:
                made[of] = said or True
        return made

    def OutputString(self, attrs: Container[str] | None = None) -> str:
        """Returns the line."""
        return self.line


def _apply(closing: Closing, response: HttpResponseBase) -> None:
    if closing.cache_control is not None:
        response["Cache-Control"] = closing.cache_control
    for name, value in closing.other_policies:
        response[name] = value
    if closing.vary is not None:
        patch_vary_headers(response, (closing.vary,))
    if closing.clear_site_data is not None:
        said = [response["Clear-Site-Data"]] if response.has_header("Clear-Site-Data") else []
        response["Clear-Site-Data"] = ", ".join([*said, closing.clear_site_data])
    for line in closing.set_cookies:
        made = _Line.of(line)
        # Several lines of one name, as for several places, are kept under keys of their own. The
        # last has the name, so that it is what tests find.
        earlier = response.cookies.pop(made.key, None)
        if isinstance(earlier, _Line):
            response.cookies[f"{made.key} {len(response.cookies)}"] = earlier
        response.cookies[made.key] = made


def _expiry(value: Value) -> Expiry:
    """Says how long a session lives that has been given an end by `set_expiry`."""
    asked: Any = value.get("_session_expiry")
    if asked is None:
        return "jar"
    if isinstance(asked, str):
        return At(datetime.fromisoformat(asked))
    if asked == 0:
        return "browser"
    return After(timedelta(seconds=asked)) if asked > 0 else At(datetime.fromtimestamp(0))


def _check_settings() -> None:
    _check_middleware()
    if not getattr(settings, "SEALJAR", {}).get("app"):
        raise ImproperlyConfigured(
            "SEALJAR has no app: name the application and its environment, such as "
            'SEALJAR = {"app": "shop-prod"}'
        )
    for name, value in (
        ("SESSION_COOKIE_NAME", '"__Host-Http-session"'),
        ("SESSION_COOKIE_SECURE", "True"),
    ):
        if not _is_set(name):
            raise ImproperlyConfigured(
                f"{name} is Django's default, which protects little: add {name} = {value}, or "
                "another value if you mean it"
            )
    if not settings.SESSION_COOKIE_HTTPONLY:
        raise ImproperlyConfigured("SESSION_COOKIE_HTTPONLY = False: no script may read a session")
    serializer = settings.SESSION_SERIALIZER
    if serializer != "django.contrib.sessions.serializers.JSONSerializer":
        raise ImproperlyConfigured(f"SESSION_SERIALIZER = {serializer!r}: sessions are JSON here")


def _check_middleware() -> None:
    if _DJANGOS in settings.MIDDLEWARE:
        raise ImproperlyConfigured(
            f"MIDDLEWARE: put {_OURS} in place of {_DJANGOS}, which would expire cookies that a "
            "replica cannot open"
        )


class _Overridden(Protocol):
    def is_overridden(self, setting: str) -> bool: ...


def _is_set(name: str) -> bool:
    found: _Overridden = settings
    return found.is_overridden(name)


def _forget(*, setting: str, **_: object) -> None:
    """Lets tests change settings."""
    if setting == "SEALJAR" or setting.startswith("SESSION_"):
        jar.cache_clear()
        _watcher.cache_clear()


setting_changed.connect(_forget)
# Django's middleware imports the engine when it is loaded, and so this is said at start.
if settings.configured:
    _check_middleware()
