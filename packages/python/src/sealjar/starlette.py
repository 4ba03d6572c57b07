"""Sealed sessions for Starlette and FastAPI, or any ASGI application: `request.session`.

watcher = Watcher.start(FileSource.find("session-ring"))
jar = Jar(watcher.ring, "shop-prod", subject="/user_id")
app.add_middleware(SessionMiddleware, jar=jar)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from sealjar.session.jar import Jar
from sealjar.session.mapping import SessionMapping
from sealjar.session.request import FetchMetadata
from sealjar.session.response import Closing

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Raw = list[tuple[bytes, bytes]]


class SessionMiddleware:
    """Gives each request its session, as `request.session`, a `SessionMapping`.

    Add it in place of Starlette's own. A change that cannot be kept raises `SessionError` when the
    response goes out, which answers 500; `request.session.save()` raises it in the handler. A
    middleware that turns exceptions into responses has to be inside of this one.
    """

    def __init__(self, app: App, jar: Jar) -> None:
        self.app = app
        self.jar = jar

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        session = self._open(scope)
        scope["session"] = session

        async def send_with_session(message: Message) -> None:
            if message["type"] in _HEADS and not session.sealed.is_closed:
                await send(self._close(session, message))
            else:
                await send(message)

        try:
            await self.app(scope, receive, send_with_session)
        finally:
            # Nothing was sent: what was asked for is lost, and later changes are refused.
            session.sealed.finish()

    def _open(self, scope: Scope) -> SessionMapping:
        raw: Raw = list(scope["headers"])

        def header(name: str) -> str | None:
            wanted = name.encode()
            found = next((value for of, value in raw if of == wanted), None)
            return None if found is None else found.decode("latin-1")

        cookies = [value for name, value in raw if name == b"cookie"]
        fetch = FetchMetadata.read(scope.get("method", "GET"), header)
        return SessionMapping(self.jar.open(cookies, fetch))

    def _close(self, session: SessionMapping, message: Message) -> Message:
        if not session.sealed.is_touched:
            session.sealed.finish()
            return message
        session.save()
        raw: Raw = list(message.get("headers", []))
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
        closing = self.jar.close(session.sealed, headers)
        if message["type"] == "websocket.accept":
            # No cache keeps a connection.
            closing = Closing(closing.set_cookies)
        applied = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in closing.applied_to(headers)
        ]
        return {**message, "headers": applied}


_HEADS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
