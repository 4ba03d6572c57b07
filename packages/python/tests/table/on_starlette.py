"""The table through Starlette: its router, its exception handlers, an endpoint."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sealjar.session import Jar
from sealjar.starlette import SessionMiddleware
from table.play import Answer, Handler, Request

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class OnStarlette:
    name = "starlette"
    without: frozenset[str] = frozenset()

    def call(self, jar: Jar, handler: Handler, request: Request) -> Answer:
        def endpoint(asked: StarletteRequest) -> Response:
            reply = handler(lambda: asked.session.sealed)  # type: ignore[attr-defined]
            stream = reply.stream
            response = (
                Response(reply.body, reply.status)
                if stream is None
                else StreamingResponse(stream, reply.status)
            )
            response.raw_headers += [(it.encode(), of.encode()) for it, of in reply.headers]
            return response

        app = Starlette(
            routes=[Route("/{path:path}", endpoint, methods=METHODS)],
            middleware=[Middleware(SessionMiddleware, jar=jar)],
        )
        return asyncio.run(exchange(app, request))


async def exchange(app: Any, request: Request) -> Answer:
    """Sends a request to an ASGI application, to the byte."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "https",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value) for name, value in request.headers],
        "server": ("shop.example.org", 443),
        "client": ("192.0.2.1", 1234),
    }
    sent: list[Any] = []

    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        # The visitor stays, so nothing comes after the request.
        return next(asked, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    # Starlette answers an error, and raises it again for the server's log.
    with suppress(Exception):
        await app(scope, receive, send)
    start = sent[0]
    headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    body = b"".join(it.get("body", b"") for it in sent[1:])
    return Answer(start["status"], headers, body.decode())
