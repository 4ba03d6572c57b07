"""The table through Flask: its routing, its error handling, a view."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, session

from sealjar.flask import SealedSessionInterface
from sealjar.session import Jar
from table.play import Answer, Handler, Request

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class OnFlask:
    name = "flask"
    without: frozenset[str] = frozenset()

    def call(self, jar: Jar, handler: Handler, request: Request) -> Answer:
        app = Flask("table")
        app.session_interface = SealedSessionInterface(jar)
        app.config["PROPAGATE_EXCEPTIONS"] = False

        def view(**_: Any) -> Response:
            reply = handler(lambda: session.sealed)  # type: ignore[attr-defined]
            response = Response(reply.stream or reply.body, reply.status)
            for name, value in reply.headers:
                response.headers.add(name, value)
            return response

        for rule in ("/", "/<path:path>"):
            app.add_url_rule(rule, rule, view, methods=METHODS, provide_automatic_options=False)
        # A server of WSGI has one line for all headers of a name.
        cookie = b"; ".join(request.cookies).decode("latin-1")
        response = app.test_client(use_cookies=False).open(
            request.path,
            method=request.method,
            headers=[(of, it.decode("latin-1")) for of, it in request.headers if of != "cookie"],
            environ_overrides={"HTTP_COOKIE": cookie} if cookie else {},
        )
        headers = [(name.lower(), value) for name, value in response.headers]
        return Answer(response.status_code, headers, response.get_data(as_text=True))
