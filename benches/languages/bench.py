"""What does it cost to keep a session in a cookie, in Python?

From a dictionary to the cookie's text and back, as each library does it by default.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from sealjar import Context, KeyRing, LiveRing, Sealer
from sealjar.session import Jar, testing

Session = dict[str, Any]
TTL = 3600
TURN = 0.03
"""How long a turn is, in seconds of CPU time."""


@dataclass
class Contender:
    seal: Callable[[], str]
    open: Callable[[str], Session]


def contenders(ring: str, session: Session) -> dict[str, Contender]:
    live = LiveRing.of(KeyRing.from_json(ring.encode()))
    jar = Jar(live, "bench")
    prefix = f"{jar.cookie_name}="
    sealer = Sealer(live, Context("bench", "token"))
    settings.configure(SECRET_KEY="of the benchmark alone")
    salt = "django.contrib.sessions.backends.signed_cookies"
    flask = Flask("bench")
    flask.secret_key = "of the benchmark alone"
    signer = SecureCookieSessionInterface().get_signing_serializer(flask)
    assert signer is not None
    fernet = Fernet(Fernet.generate_key())
    ttl = timedelta(seconds=TTL)
    return {
        "sealjar, a token": Contender(
            lambda: str(sealer.seal(json.dumps(session, separators=(",", ":")).encode(), ttl)),
            lambda text: json.loads(sealer.open(text).payload),
        ),
        "sealjar, a session": Contender(
            lambda: testing.cookie_for(jar, session).removeprefix(prefix),
            lambda text: jar.open([f"{prefix}{text}".encode()]).get(),
        ),
        "Fernet (cryptography)": Contender(
            lambda: fernet.encrypt(json.dumps(session, separators=(",", ":")).encode()).decode(),
            lambda text: json.loads(fernet.decrypt(text, TTL)),
        ),
        "Django signed cookies, readable": Contender(
            lambda: signing.dumps(session, compress=True, salt=salt, serializer=JSONSerializer),
            lambda text: signing.loads(text, max_age=TTL, salt=salt, serializer=JSONSerializer),
        ),
        "Flask (itsdangerous), readable": Contender(
            lambda: str(signer.dumps(session)),
            lambda text: signer.loads(text, max_age=TTL),
        ),
    }


def one(work: Callable[[], object]) -> float:
    """Measures one turn, in microseconds for each time: twice as often, until it is long enough."""
    times = 1
    while True:
        begun = time.process_time()
        for _ in range(times):
            work()
        took = time.process_time() - begun
        if took >= TURN:
            return took / times * 1_000_000
        times *= 2


def main() -> None:
    _, ring, written, turns = sys.argv
    session = json.loads(written)
    found: dict[str, tuple[Contender, str, list[float], list[float]]] = {}
    for name, contender in contenders(ring, session).items():
        text = contender.seal()
        assert contender.open(text) == session, name
        found[name] = (contender, text, [], [])
    for _ in range(int(turns)):
        for contender, text, seals, opens in found.values():
            seals.append(one(contender.seal))
            opens.append(one(lambda: contender.open(text)))  # noqa: B023
    medians = [
        {
            "name": name,
            "seal": statistics.median(seals),
            "open": statistics.median(opens),
            "length": len(text),
        }
        for name, (_, text, seals, opens) in found.items()
    ]
    print(json.dumps(medians))


if __name__ == "__main__":
    main()
