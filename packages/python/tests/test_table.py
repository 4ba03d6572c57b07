"""Does every adapter do the same? And does the table catch one that does otherwise?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from table.exchanges import GROUPS
from table.on_django import OnDjango
from table.on_flask import OnFlask
from table.on_starlette import OnStarlette
from table.play import Adapter, Answer, Handler, Request, Row, failures

from sealjar.session import FetchMetadata, Jar, SessionError


class ByHand:
    """A jar without a framework."""

    name = "by hand"
    without: frozenset[str] = frozenset()

    def call(self, jar: Jar, handler: Handler, request: Request) -> Answer:
        session = jar.open(request.cookies, FetchMetadata.read(request.method, request.header))
        reply = handler(lambda: session)
        try:
            closing = jar.close(session, reply.headers)
        except SessionError:
            return Answer(500, [], "")
        headers = closing.applied_to(reply.headers)
        body = "".join(reply.stream or [str(reply.body)])
        return Answer(reply.status, [(name.lower(), value) for name, value in headers], body)


ADAPTERS: list[Any] = [ByHand(), OnDjango(), OnFlask(), OnStarlette()]


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda it: it.name)
@pytest.mark.parametrize("group", GROUPS)
def test_the_table(group: str, adapter: Adapter) -> None:
    found = list(failures(adapter, (it for it in GROUPS[group] if it.name not in adapter.without)))
    assert not found, "\n" + "\n".join(found)


# The controls: each of these is wrong in one way.


class Broken:
    """An adapter with a flaw."""

    without: frozenset[str] = frozenset()

    def __init__(self, name: str, whole: Adapter) -> None:
        self.name = name
        self.whole = whole

    def bend(self, request: Request) -> None:
        """What it does to requests."""

    def spoil(self, answer: Answer, request: Request) -> None:
        """What it does to answers."""

    def call(self, jar: Jar, handler: Handler, request: Request) -> Answer:
        self.bend(request)
        answer = self.whole.call(jar, handler, request)
        self.spoil(answer, request)
        return answer


def lines(answer: Answer) -> list[str]:
    return answer.values("set-cookie")


def drop(answer: Answer, is_wrong: Callable[[str, str], bool]) -> None:
    answer.headers = [it for it in answer.headers if not is_wrong(*it)]


def change(answer: Answer, name: str, before: str, after: str) -> None:
    answer.headers = [
        (of, value.replace(before, after) if of == name else value) for of, value in answer.headers
    ]


def clears(answer: Answer, request: Request) -> None:
    touched = "Cookie" in answer.values("vary")
    if request.cookies and touched and not lines(answer):
        answer.headers.append(("set-cookie", f"{NAME}={REMOVE}"))


def removes_what_nobody_sent(answer: Answer, request: Request) -> None:
    if not request.cookies and not lines(answer) and request.method != "HEAD":
        answer.headers.append(("set-cookie", f"{NAME}={REMOVE}"))


def seals_always(answer: Answer, request: Request) -> None:
    if request.cookies and answer.values("vary") and not lines(answer):
        pair = request.cookies[0].decode()
        line = f"{pair}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400"
        answer.headers.append(("set-cookie", line))


def marks_one_logout(answer: Answer, _: Request) -> None:
    answer.headers = [(of, re.sub(r"(\.out=\w{16})[.\w]*", r"\1", it)) for of, it in answer.headers]


def forgets_vary(answer: Answer, _: Request) -> None:
    change(answer, "vary", ", Cookie", "")
    drop(answer, lambda of, value: of == "vary" and value == "Cookie")


def only(name: str) -> Callable[[Request], None]:
    def bend(request: Request) -> None:
        request.headers = [it for it in request.headers if it[0] != name]

    return bend


def one_header(request: Request) -> None:
    first = [it for it in request.headers if it[0] == "cookie"][:1]
    request.headers = [it for it in request.headers if it[0] != "cookie"] + first


def decodes_names(request: Request) -> None:
    request.headers = [(of, it.replace(b"%5f%5f", b"__")) for of, it in request.headers]


NAME = "__Host-Http-session"
REMOVE = (
    "; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
)
Bend = Callable[[Request], None]
Spoil = Callable[[Answer, Request], None]
FLAWS: list[tuple[str, str, str, Bend | None, Spoil | None]] = [
    (
        "loses what was written",
        "writing",
        "what is written comes back, and is written over",
        None,
        lambda it, _: drop(it, lambda of, _: of == "set-cookie"),
    ),
    (
        "clears what it cannot open",
        "refusals",
        "what is refused as unknown_key is not cleared unasked",
        None,
        clears,
    ),
    (
        "seals on every read",
        "overlaps",
        "a background read does not undo a write, even when the session is due",
        None,
        seals_always,
    ),
    (
        "takes every request for a navigation",
        "reseal",
        'with Sec-Fetch-Mode "cors" a session is sealed again: false',
        only("sec-fetch-mode"),
        None,
    ),
    (
        "does not see what is fetched ahead",
        "reseal",
        "what is fetched ahead of time is no navigation: sec-purpose: prefetch",
        only("sec-purpose"),
        None,
    ),
    (
        "does not see other sites",
        "refusals",
        "a cookie that the browser had to leave out is not called absent alone",
        only("sec-fetch-site"),
        None,
    ),
    (
        "forgets Vary",
        "caches",
        "a write under Vary Accept",
        None,
        forgets_vary,
    ),
    (
        "lets caches keep a cookie",
        "caches",
        "a logout under Cache-Control public",
        None,
        lambda it, _: change(it, "cache-control", "no-store", "public"),
    ),
    (
        "sees no policy but Cache-Control",
        "caches",
        "a write under surrogate-control max-age=60",
        None,
        lambda it, _: change(it, "surrogate-control", "no-store", "max-age=60"),
    ),
    (
        "removes another cookie than it set",
        "attributes",
        "a domain: the same on setting, sealing again and removing",
        None,
        lambda it, _: change(it, "set-cookie", "; Domain=example.org; Max-Age=0", "; Max-Age=0"),
    ),
    (
        "leaves parts behind",
        "chunks",
        "a session grows to three cookies and shrinks to one",
        None,
        lambda it, _: drop(it, lambda of, value: f"{NAME}.1=;" in value or f"{NAME}.2=;" in value),
    ),
    (
        "forgets the mark of a logout",
        "overlaps",
        "a late write does not bring a session back after its logout",
        None,
        lambda it, _: drop(it, lambda of, value: ".out=" in value),
    ),
    (
        "marks a logout for a minute",
        "logouts",
        "a write that answers after the logout logs nobody in, a minute later or a day",
        None,
        lambda it, _: change(it, "set-cookie", f"Max-Age={7 * 86_400 + 30}", "Max-Age=60"),
    ),
    (
        "marks one logout alone",
        "logouts",
        "a second logout does not forget the first",
        None,
        marks_one_logout,
    ),
    (
        "removes what nobody sent",
        "overlaps",
        "a late logout of nobody undoes no login that came between",
        None,
        removes_what_nobody_sent,
    ),
    (
        "tells refusals apart",
        "hostile",
        "a read answers to every refusal alike, byte for byte",
        None,
        lambda it, request: it.headers.append(("x-seen", str(bool(request.cookies)))),
    ),
    (
        "reads one cookie header of several",
        "hostile",
        "cookies on several header lines are one request",
        one_header,
        None,
    ),
    (
        "decodes names",
        "hostile",
        "a name in another spelling is another name, beside the good one and alone",
        decodes_names,
        None,
    ),
    (
        "writes on success only",
        "answers",
        "an answer of 404 carries what was written",
        None,
        lambda it, _: drop(it, lambda of, _: of == "set-cookie" and it.status >= 400),
    ),
    (
        "touches what no handler asked for",
        "untouched",
        "with a session a handler that leaves the session alone costs nothing",
        None,
        lambda it, _: it.headers.append(("vary", "Cookie")) if not it.values("vary") else None,
    ),
]


@pytest.mark.parametrize(("flaw", "group", "name", "bend", "spoil"), FLAWS)
def test_an_adapter_with_a_flaw_is_caught(
    flaw: str, group: str, name: str, bend: Bend | None, spoil: Spoil | None
) -> None:
    adapter = broken(ByHand(), flaw, bend, spoil)
    assert list(failures(adapter, named(group, name))), "it passes"
    fails = [of for of in GROUPS[group] if list(failures(adapter, [of]))]
    assert len(fails) < len(GROUPS[group]), "it fails whatever there is"


@pytest.mark.parametrize("whole", [OnDjango(), OnFlask(), OnStarlette()], ids=lambda it: it.name)
@pytest.mark.parametrize(("flaw", "group", "name", "bend", "spoil"), FLAWS)
def test_a_framework_with_a_flaw_is_caught(
    whole: Adapter, flaw: str, group: str, name: str, bend: Bend | None, spoil: Spoil | None
) -> None:
    adapter = broken(whole, flaw, bend, spoil)
    assert list(failures(adapter, named(group, name))), "it passes"


def named(group: str, name: str) -> list[Row]:
    rows = [it for it in GROUPS[group] if it.name == name]
    assert len(rows) == 1, "the row is there"
    return rows


def broken(whole: Adapter, flaw: str, bend: Bend | None, spoil: Spoil | None) -> Broken:
    adapter = Broken(f"{whole.name} that {flaw}", whole)
    adapter.bend = bend or adapter.bend  # type: ignore[method-assign]
    adapter.spoil = spoil or adapter.spoil  # type: ignore[method-assign]
    return adapter
