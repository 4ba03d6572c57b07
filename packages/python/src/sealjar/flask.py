"""Sealed sessions for Flask: `flask.session`.

watcher = Watcher.start(FileSource.find("session-ring"))
jar = Jar(watcher.ring, "shop-prod", subject="/user_id")
app.session_interface = SealedSessionInterface(jar)
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

from sealjar.session.errors import SessionError
from sealjar.session.jar import Jar
from sealjar.session.mapping import SessionMapping
from sealjar.session.request import FetchMetadata


class SealedSession(SessionMapping, SessionMixin):
    """A session as Flask's handlers see it.

    Changes inside of a list or a dictionary count, without `session.modified = True`. How long the
    session lives is the jar's to say: `session.permanent` changes nothing.
    """

    @property
    def new(self) -> bool:  # type: ignore[override]
        """Whether no session came."""
        return self.sealed.origin.kind != "opened"


class SealedSessionInterface(SessionInterface):
    """Gives each request of a Flask application its session.

    A change that cannot be kept raises `SessionError` when the response goes out, which answers
    500; `session.save()` raises it in the handler.
    """

    def __init__(self, jar: Jar) -> None:
        self.jar = jar

    def open_session(self, app: Flask, request: Request) -> SealedSession:
        """Begins a request."""
        headers = request.headers
        cookies = [value.encode("latin-1") for value in headers.getlist("Cookie")]
        return SealedSession(
            self.jar.open(cookies, FetchMetadata.read(request.method, headers.get))
        )

    def is_null_session(self, obj: object) -> bool:
        """Returns whether it is none of ours."""
        return not isinstance(obj, SealedSession)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Ends a request."""
        if not isinstance(session, SealedSession) or session.sealed.is_closed:
            return
        if not session.sealed.is_touched:
            session.sealed.finish()
            return
        headers: list[tuple[str, Any]] = list(response.headers.items())
        try:
            session.save()
            closing = self.jar.close(session.sealed, headers)
        except SessionError:
            # Flask asks once more for the response that it makes of this.
            session.sealed.finish()
            raise
        applied = closing.applied_to(headers)
        response.headers.clear()
        response.headers.extend(applied)
