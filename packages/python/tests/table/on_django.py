"""The table through Django: its handler, its middleware, a view."""

from __future__ import annotations

from unittest.mock import patch

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import re_path

from sealjar.session import Jar
from table.play import Answer, Handler, Request


def view(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    reply = request.META["table.handler"](lambda: request.session.sealed)
    stream = reply.stream
    response = (
        HttpResponse(reply.body, status=reply.status)
        if stream is None
        else StreamingHttpResponse(stream, status=reply.status)
    )
    for name, value in reply.headers:
        if name == "set-cookie":
            response.cookies.load(value)
        else:
            # One value for each name.
            earlier = [response[name]] if response.has_header(name) else []
            response[name] = ", ".join([*earlier, value])
    return response


urlpatterns = [re_path("", view)]


class OnDjango:
    name = "django"
    without = frozenset(f"an answer of {status} carries what was written" for status in (500, 503))

    def call(self, jar: Jar, handler: Handler, request: Request) -> Answer:
        client = Client(raise_request_exception=False)
        with patch("sealjar.django.configuration.jar", lambda: jar):
            client.handler.load_middleware()
        extra = {
            f"HTTP_{name.upper().replace('-', '_')}": value.decode("latin-1")
            for name, value in request.headers
            if name != "cookie"
        }
        # A server of WSGI has one line for all headers of a name.
        cookie = b"; ".join(request.cookies).decode("latin-1")
        response = client.generic(
            request.method,
            request.path,
            **extra,
            **({"HTTP_COOKIE": cookie} if cookie else {}),
            **{"table.handler": handler},
        )
        headers = [(name.lower(), value) for name, value in response.items()]
        lines = [it.OutputString() for it in response.cookies.values()]
        headers += [("set-cookie", line) for line in lines]
        return Answer(response.status_code, headers, response.getvalue().decode())
