"""How do Django's requests and responses carry a session?"""

from __future__ import annotations

from collections.abc import Callable, Container
from http.cookies import Morsel

from django.contrib.sessions.middleware import SessionMiddleware as DjangosMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from sealjar.django import configuration
from sealjar.django.store import SessionStore
from sealjar.session.request import FetchMetadata
from sealjar.session.response import Closing


class SessionMiddleware(DjangosMiddleware):
    """Gives each request its session, in place of Django's own middleware.

    Django's would expire a cookie that this replica cannot open, decode names and quotes, and send
    one cookie alone. As with Django's, a response of 500 and above writes nothing; a logout in it
    counts. A change that cannot be kept raises `SessionError` when the response goes out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.jar = configuration.jar()

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
