"""What is around a row: a clock set by hand, a ring in which everything happens, and jars."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import rings
from rings import DAY, START, Document, changed, read

from sealjar import ClockError, LiveRing, Sealer, base64url, clock
from sealjar.context import SESSION_JSON, Context
from sealjar.plaintext import Times
from sealjar.session import Jar, codec, testing
from sealjar.session.envelope import Envelope

APP = "shop-test"
NAME = "__Host-Http-session"
MARK_LIVES = 7 * DAY + 30


class World:
    """One row has one world."""

    def __init__(self) -> None:
        self.now = START
        self.is_clock_broken = False
        self._forgeries: dict[str, str] = {}
        good, gone, spent, retired, stranger = (rings.key(0) for _ in range(5))
        good["seals_from"] = clock.shown(1)
        self.forgers = {
            "good": alone(good),
            "revoked": alone(gone),
            "spent": alone(spent),
            "retired": alone(retired),
            "stranger": alone(stranger),
        }
        ended = {"seals_until": clock.shown(START - DAY), "opens_until": clock.shown(START)}
        self.document = rings.ring(
            good,
            rings.revoked(gone),
            spent | ended,
            retired | {"seals_until": clock.shown(START - 100)},
        )
        lists = self.document["revocations"]
        lists["floor"] = START - 8 * DAY
        lists["sessions"] = [[base64url.encode(b"revoked!"), START]]
        revoke(self.document, "eve", START)
        self.ring = rings.live(self.document)
        self.behind = rings.live(self.document)

    def time(self) -> int:
        if self.is_clock_broken:
            raise ClockError
        return self.now

    def break_clock(self) -> None:
        """From here on replicas cannot tell the time. Browsers can."""
        self.is_clock_broken = True

    def jar(self, ring: LiveRing | None = None, **settings: Any) -> Jar:
        """The jar of a replica."""
        options = {"subject": subject, "schema": 1, "empty": EMPTY} | settings
        app = options.pop("app", APP)
        return Jar(ring or self.ring, app, clock=self.time, **options)

    def cookie_of(self, name: str, **settings: Any) -> str:
        """The `Cookie` header of a visitor who is logged in."""
        return testing.cookie_for(self.jar(max_size=12_288, **settings), account(name))

    def change_ring(self, change: Callable[[Document], None]) -> None:
        """Puts the next epoch of the ring in place."""
        self.document = changed(self.document, change)
        self.ring.replace_at(read(self.document), None)

    def add_newer_key(self) -> None:
        """From now on another key seals, which the replica left behind has not heard of."""
        self.change_ring(lambda it: it["keys"].append(rings.key(START)))

    def forge(
        self,
        forger: str = "good",
        value: dict[str, Any] | None = None,
        *,
        schema: int = 1,
        session_id: bytes = b"a forger",
        revision: int = 0,
        times: Times | None = None,
        body: bytes | None = None,
        purpose: str = SESSION_JSON,
    ) -> str:
        """A sealed session with nothing wrong, until something is made so."""
        body = codec.encode(value or account("ada")) if body is None else body
        sealer = Sealer.for_any_purpose(self.forgers[forger], Context(APP, purpose, NAME))
        payload = Envelope(schema, session_id, revision).encode(body)
        return str(sealer.seal_with(payload, times or FINE)[0])

    def forged(self, name: str, make: Callable[[], str]) -> str:
        """What is made by one name in a row is equal to the byte."""
        if name not in self._forgeries:
            self._forgeries[name] = make()
        return self._forgeries[name]

    def refused_as(self, kind: str) -> str:
        """A `Cookie` header that is refused for this reason."""
        good = self.forge()
        forged = {
            "ambiguous": lambda: f"{good}; {NAME}={self.forge(session_id=b'another!')}",
            "bad_time": lambda: self.forge(times=Times(START, START + 31, START + DAY)),
            "clock": lambda: good,
            "expired": lambda: self.forge(times=Times(START - DAY, START - DAY, START)),
            "forged": lambda: good[:60] + ("B" if good[60] == "A" else "A") + good[61:],
            "logged_out": lambda: f"{good}; {NAME}.out={b'a forger'.hex()}",
            "malformed": lambda: "garbage",
            "malformed_inner": self._without_mark,
            "newer_schema": lambda: self.forge(schema=2),
            "old_schema": lambda: self.forge(schema=0),
            "outside_key_window": lambda: self.forge("retired"),
            "revoked_all": lambda: self.forge(times=Times(START - 9 * DAY, START, START + DAY)),
            "revoked_key": lambda: self.forge("revoked"),
            "revoked_session": lambda: self.forge(
                session_id=b"revoked!", times=Times(START - DAY, START, START + DAY)
            ),
            "revoked_subject": lambda: self.forge(
                value=account("eve"), times=Times(START - DAY, START, START + DAY)
            ),
            "spent_key": lambda: self.forge("spent"),
            "too_old": lambda: self.forge(times=Times(START - 7 * DAY, START, START + DAY)),
            "torn_chunks": lambda: f"3~abcd.x; {NAME}.1=efgh.y",
            "undecodable": lambda: self.forge(body=b"[]"),
            "unknown_key": lambda: self.forge("stranger"),
            "unknown_version": lambda: "_" + good[1:],
        }[kind]()
        return f"{NAME}={forged}"

    def _without_mark(self) -> str:
        """What no sealer of ours makes: authentic, and no padding mark inside."""
        context = Context(APP, SESSION_JSON, NAME)
        key = self.forgers["good"].load().keys[0]
        assert key.key is not None and key.suite is not None
        header = bytes([1]) + (base64url.decode(key.id.encode()) or b"") + os.urandom(24)
        cipher = key.key.purpose_cipher(context.app, context.purpose)
        sealed = cipher.seal(header[17:], header + context.aad_tail, bytes(16))
        return base64url.encode(header + sealed)


def alone(key: Document) -> LiveRing:
    """A ring of one key, which its holder seals with as he likes."""
    return rings.live(rings.ring(key))


def revoke(of: Document, subject: str, born_before: int) -> None:
    """Lists a person."""
    from sealjar import aead

    pepper = base64url.decode(of["revocations"]["pepper"].encode()) or b""
    digest = aead.subject_hash(pepper, APP.encode(), subject.encode())
    of["revocations"]["subjects"].append([base64url.encode(digest), APP, born_before])


def subject(value: dict[str, Any]) -> str | None:
    return value["name"] or None


def account(name: str) -> dict[str, Any]:
    return {"name": name, "visits": 1, "note": ""}


EMPTY = {"name": "", "visits": 0, "note": ""}
FINE = Times(START, START, START + DAY)
