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

from django.conf import settings

from sealjar.django.configuration import check_middleware, readiness
from sealjar.django.middleware import SessionMiddleware
from sealjar.django.store import SessionStore

__all__ = ["SessionMiddleware", "SessionStore", "readiness"]

# Django's middleware imports the engine when it is loaded, and so this is said at start.
if settings.configured:
    check_middleware()
