"""What an application's own tests need: a visitor who has a session, and what a response sets."""

from __future__ import annotations

from collections.abc import Iterable

from sealjar import Key, LiveRing, Suite
from sealjar.session.data import Value
from sealjar.session.jar import Jar


def ring() -> LiveRing:
    """Makes a ring of one fresh key, for tests. It never rotates, and nothing else opens under it.

    >>> from sealjar.session import Jar, testing
    >>> jar = Jar(testing.ring(), "test")
    """
    return LiveRing.of(Key.generate(Suite.XAES_256_GCM))


def cookie_for(jar: Jar, value: Value) -> str:
    """Returns the `Cookie` header of a visitor who has this session.

    >>> from sealjar.session import Jar, testing
    >>> jar = Jar(testing.ring(), "test")
    >>> jar.open([testing.cookie_for(jar, {"name": "Ada"}).encode()]).get()
    {'name': 'Ada'}
    """
    session = jar.open(())
    session.renew()
    session.replace(value)
    return cookie_header(jar.close(session, ()).set_cookies)


def value_of(jar: Jar, set_cookies: Iterable[str]) -> Value | None:
    """Returns the session that a response's `Set-Cookie` headers leave in an empty browser.

    `None` if they set none or remove it. Raises `OpenError` when what they set does not open.
    """
    session = jar.open([cookie_header(set_cookies).encode()])
    if session.origin.refusal is not None:
        raise session.origin.refusal
    return session.get() if session.origin.kind == "opened" else None


def cookie_header(set_cookies: Iterable[str]) -> str:
    """Joins what a browser without cookies would send back."""
    lines = [line.split("; ") for line in set_cookies]
    return "; ".join(line[0] for line in lines if "Max-Age=0" not in line)
