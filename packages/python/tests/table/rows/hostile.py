"""Cookies and headers from anybody."""

from __future__ import annotations

from collections.abc import Callable

from sealjar import REFUSAL_KINDS
from table.browser import Browser
from table.play import (
    Row,
    Step,
    Work,
    purges,
    reads,
    row,
    visit,
    writes,
)
from table.rows.handlers import (
    ada,
    change_nothing,
    header,
    keep_alive,
    logout,
    read,
    write,
)
from table.world import APP, NAME, World


def hostile() -> list[Row]:
    forged = reads(body="nobody, 0 visits", origin="forged")

    def of_another(app: str, name: str) -> Callable[[World], str]:
        def make(world: World) -> str:
            made = world.cookie_of("ada", app=app, cookie_name=name)
            return f"{NAME}={made.partition('=')[2]}"

        return make

    def on_line(place: int) -> Step:
        def lines(browser: Browser, _: World) -> list[bytes | str]:
            sent: list[bytes | str] = ["other=1"] * 3
            sent[place] = browser.header()
            return sent

        return visit(read, reads(body="ada, 1 visits"), sends=lines)

    return [
        alike("a read", read),
        alike("a read that would keep it alive", keep_alive),
        alike("a change that changes nothing", change_nothing),
        no_token_looks_alike(),
        spellings(),
        row(
            "another app's session is refused",
            visit(read, forged, sends=header(of_another("blog-test", NAME))),
            visit(read, forged, sends=header(of_another(APP, "other"))),
            visit(read, reads(origin="opened"), sends=header(of_another(APP, NAME))),
        ),
        row(
            "a session that was sealed for another purpose is refused",
            *(
                visit(
                    read,
                    forged,
                    sends=header(lambda it, of=of: f"{NAME}={it.forge(purpose=of)}"),
                )
                for of in ("session", "session/2", "password-reset")
            ),
        ),
        neighbours(),
        row(
            "cookies on several header lines are one request",
            *map(on_line, range(3)),
            holding=ada,
        ),
        *(
            row(
                f"{what} does not believe a forwarded header",
                *(
                    visit(
                        work,
                        expect(origin="opened"),
                        sends=header(ada),
                        headers={name: value},
                    )
                    for name, value in SPOOFED
                ),
            )
            for what, work, expect in (
                ("a read", read, reads),
                ("a write", write, writes),
                ("a logout", logout, purges),
            )
        ),
    ]


def alike(what: str, work: Work) -> Row:
    """The first visitor brings no cookie at all, and nobody can tell the others from him."""
    kinds = [it for it in REFUSAL_KINDS if it not in ("clock", "logged_out")]
    return row(
        f"{what} answers to every refusal alike, byte for byte",
        visit(work, reads(body="nobody, 0 visits")),
        *(visit(work, sends=header(lambda it, kind=kind: it.refused_as(kind))) for kind in kinds),
        visit(work, sends=header(lambda it: it.refused_as("clock")), once=World.break_clock),
        alike=True,
    )


def no_token_looks_alike() -> Row:
    def value(make: Callable[[bytes], bytes]) -> Step:
        def cookies(_: Browser, world: World) -> list[bytes | str]:
            token = ada(world).partition("=")[2].encode()
            return [NAME.encode() + b"=" + make(token)]

        return visit(read, sends=cookies)

    return row(
        "what is no token and no part of one is answered alike, byte for byte",
        visit(read),
        value(lambda _: b""),
        value(lambda it: it[:93]),
        value(lambda it: it + b"="),
        value(lambda it: it + b"!"),
        value(lambda it: b'"' + it + b'"'),
        value(lambda _: b"A" * 12_289),
        value(lambda _: b"A" * 60_000),
        value(lambda _: b"\xff" * 200),
        value(lambda _: b"0~abcd.x"),
        value(lambda _: b"1~abcd.x"),
        value(lambda _: b"10~abcd.x"),
        value(lambda _: b"4294967295~abcd.x"),
        value(lambda _: b"9~"),
        value(lambda _: "\U0001f36a".encode() * 100),
        alike=True,
    )


def spellings() -> Row:
    """Names that careless parsers take for ours, and values that they change."""
    steps = []
    for name in (
        "%5f%5fHost-Http-session",
        "__host-http-session",
        "__Host-Http-session ",
        "\u2003__Host-Http-session",
        "\u00a0__Host-Http-session",
        "__Host-Http%2Dsession",
        '"__Host-Http-session"',
        "$__Host-Http-session",
        "__Host-Http-session.9",
        "__Host-Http-session.",
        "x__Host-Http-session",
    ):

        def evil(world: World, name: str = name) -> str:
            return f"{name}={world.cookie_of('evil').partition('=')[2]}"

        def first(world: World, evil: Callable[[World], str] = evil) -> str:
            return f"{evil(world)}; {ada(world)}"

        def last(world: World, evil: Callable[[World], str] = evil) -> str:
            return f"{ada(world)}; {evil(world)}"

        steps.append(visit(read, reads(origin="absent"), sends=header(evil)))
        steps.append(visit(read, reads(body="ada, 1 visits"), sends=header(first)))
        steps.append(visit(read, reads(body="ada, 1 visits"), sends=header(last)))
    return row("a name in another spelling is another name, beside the good one", *steps)


def neighbours() -> Row:
    """Every byte that a header may carry."""

    def beside(byte: int) -> Step:
        def cookies(browser: Browser, _: World) -> list[bytes | str]:
            one = bytes([byte])
            return [b"x=" + one * 2 + b"; " + browser.header().encode() + b"; y=" + one]

        return visit(read, reads(body="ada, 1 visits"), sends=cookies)

    bytes_ = [9, *(it for it in range(0x20, 0x100) if it != 0x7F)]
    return row("a neighbour that is no text logs nobody out", *map(beside, bytes_), holding=ada)


SPOOFED = [
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-port", "80"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-ssl", "off"),
    ("x-forwarded-user", "admin"),
    ("forwarded", "for=127.0.0.1;proto=http;host=evil.example"),
    ("x-real-ip", "10.0.0.1"),
    ("x-original-url", "/admin"),
    ("x-http-method-override", "DELETE"),
    ("front-end-https", "off"),
    ("origin", "https://evil.example"),
]
