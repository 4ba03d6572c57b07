"""Which jar do Django's settings ask for? Those that cannot work are refused at start."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from sealjar import clock
from sealjar.session.data import After, At, Expiry, Value
from sealjar.session.errors import ConfigError
from sealjar.session.jar import Jar
from sealjar.source.errors import SourceError
from sealjar.source.file import FileSource
from sealjar.source.readiness import Readiness
from sealjar.source.watcher import Watcher

DJANGOS = "django.contrib.sessions.middleware.SessionMiddleware"
OURS = "sealjar.django.SessionMiddleware"


@cache
def jar() -> Jar:
    """Returns the jar of the settings. Raises `ImproperlyConfigured` when they cannot work."""
    _check_settings()
    options = dict(getattr(settings, "SEALJAR", {}))
    options.pop("ring", None)
    age = settings.SESSION_COOKIE_AGE if _is_set("SESSION_COOKIE_AGE") else None
    try:
        return Jar(
            watcher().ring,
            options.pop("app", ""),
            **{
                "subject": "/_auth_user_id",
                "expiry": expiry,
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
    return watcher().readiness


@cache
def watcher() -> Watcher:
    """Returns what follows the ring's file. Raises `ImproperlyConfigured` without a ring."""
    path = getattr(settings, "SEALJAR", {}).get("ring")
    try:
        source = FileSource(path) if path else FileSource.find(development=settings.DEBUG)
        return Watcher.start(source)
    except SourceError as error:
        raise ImproperlyConfigured(f"SEALJAR: {error}") from error


def expiry(value: Value) -> Expiry:
    """Says how long a session lives that has been given an end by `set_expiry`."""
    asked: Any = value.get("_session_expiry")
    if isinstance(asked, str):
        try:
            return At(datetime.fromisoformat(asked))
        except ValueError:
            # Another program shares the cookie, and means something else by the name.
            return "jar"
    if not isinstance(asked, int | float):
        return "jar"
    if asked == 0:
        return "browser"
    seconds = min(asked, clock.MAX)
    return After(timedelta(seconds=seconds)) if asked > 0 else At(datetime.fromtimestamp(0))


def _check_settings() -> None:
    check_middleware()
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


def check_middleware() -> None:
    """Refuses Django's own middleware."""
    if DJANGOS in settings.MIDDLEWARE:
        raise ImproperlyConfigured(
            f"MIDDLEWARE: put {OURS} in place of {DJANGOS}, which would expire cookies that a "
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
        watcher.cache_clear()


setting_changed.connect(_forget)
