"""Do the Rust program and this package open each other's tokens, and go by one keeper's ring?

Runs where `SEALJAR_CLI` names the program, such as `SEALJAR_CLI=target/debug/sealjar just python`.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from rings import dump, key, ring

from sealjar import Context, KeyRing, OpenError, Sealer, Suite
from sealjar.session import Jar, testing
from sealjar.source import FileSource, Watcher

CLI = os.environ.get("SEALJAR_CLI")
pytestmark = pytest.mark.skipif(CLI is None, reason="SEALJAR_CLI names no program")


def sealjar(*arguments: str, stdin: str = "", fails: bool = False) -> str:
    """Runs the program. Returns what it prints, to standard error where it has to fail."""
    assert CLI is not None
    done = subprocess.run(
        [Path(CLI).resolve(), *arguments], input=stdin, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout.strip()


@pytest.mark.parametrize("suite", list(Suite))
def test_each_opens_what_the_other_seals(suite: Suite, tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    path.write_bytes(dump(ring(key(0, suite), key(None, suite))))
    path.chmod(0o600)
    of = KeyRing.from_json(path.read_bytes())
    for number, (app, purpose, cookie, binding) in enumerate(
        [
            ("shop-prod", "password-reset", "", b""),
            ("caf\u00e9", "link", "__Host-x", b""),
            ("a", "b", "c", bytes(range(256))),
        ]
    ):
        sealer = Sealer(of, Context(app, purpose, cookie, binding))
        context = ["--ring", str(path), "--app", app, "--purpose", purpose]
        context += ["--cookie-name", cookie, "--binding", binding.hex()]
        for payload in (b"", b"x", os.urandom(200), bytes(5000)):
            theirs = sealjar("seal", *context, "--ttl", "1h", stdin=payload.hex())
            assert sealer.open(theirs).payload == payload
            ours = str(sealer.seal(payload, timedelta(hours=1)))
            assert sealjar("open", *context, stdin=ours) == payload.hex(), number
        # And both refuse another context, by one word.
        ours = str(Sealer(of, Context(app, "another")).seal(b"", timedelta(hours=1)))
        assert "forged" in sealjar("open", *context, stdin=ours, fails=True)
        with pytest.raises(OpenError) as refused:
            sealer.open(ours)
        assert refused.value.kind == "forged"


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_a_keeper_rotates_and_revokes_under_sessions(tmp_path: Path) -> None:
    path = tmp_path / "session-ring.json"
    store = ["--store", f"file:{path}"]
    policy = ["--distribution", "1s", "--skew", "1s", "--rotate-every", "1h"]
    sealjar(
        "init", *store, "--ring", "web", "--app", "shop-prod", *policy, "--token-lifetime", "1h"
    )
    watcher = Watcher.start(FileSource(path), poll_every=1)
    watcher.readiness.check()
    jar = Jar(watcher.ring, "shop-prod", subject="/user_id")

    def visit(cookie: str) -> str:
        return str(jar.open([cookie.encode()]).origin)

    ada = testing.cookie_for(jar, {"user_id": 7})
    bob = testing.cookie_for(jar, {"user_id": "bob"})
    first = jar.open([ada.encode()]).origin.key_id
    for _ in range(2):
        time.sleep(3)
        epoch = watcher.ring.load().epoch
        sealjar("rotate", *store)
        until(lambda epoch=epoch: watcher.ring.load().epoch > epoch)
        assert visit(ada) == visit(bob) == "opened"
    time.sleep(2)
    later = testing.cookie_for(jar, {"user_id": 8})
    assert jar.open([later.encode()]).origin.key_id != first

    sealjar("revoke", *store, "--app", "shop-prod", "--subject", "7", "--yes")
    until(lambda: visit(ada) == "revoked_subject")
    assert visit(bob) == visit(later) == "opened"
    session_id = jar.open([later.encode()]).id
    assert session_id is not None
    sealjar("revoke", *store, "--session", session_id, "--yes")
    until(lambda: visit(later) == "revoked_session")
    assert visit(bob) == "opened"
    assert first is not None
    sealjar("revoke", *store, first, "--yes")
    until(lambda: visit(bob) == "revoked_key")
