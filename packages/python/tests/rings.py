"""Ring documents for tests, with secrets that are drawn anew in each run."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sealjar import KeyRing, LiveRing, Suite, base64url, clock, document
from sealjar.key import Key, secret_text

REPOSITORY = Path(__file__).resolve().parents[3]
DAY = 86_400
START = 100 * DAY
"""When most tests happen, in seconds since 2025-01-01."""

Document = dict[str, Any]


def vectors(crate: str, name: str) -> Any:
    """Reads a file of known answers of a crate."""
    return json.loads((REPOSITORY / "crates" / crate / "vectors" / name).read_text())


def key(seals_from: int | None = 0, suite: Suite = Suite.XAES_256_GCM, **members: Any) -> Document:
    """A key as a document has it, with a fresh secret."""
    secret = os.urandom(32)
    return {
        "id": Key(suite, secret).id,
        "suite": suite.value,
        "secret": secret_text(secret),
        "lifetime": DAY,
        "staged_epoch": 0,
        "staged_at": clock.shown(0),
        "seals_from": None if seals_from is None else clock.shown(seals_from),
        "seals_until": None,
        "opens_until": None,
        "revoked": False,
    } | members


def revoked(listed: Document) -> Document:
    """The same key, revoked."""
    return listed | {"revoked": True, "secret": None}


def ring(*keys: Document, **members: Any) -> Document:
    """A document with these keys, or with one that seals and a standby."""
    return {
        "format": "sealjar-ring/1",
        "critical": [],
        "ring": "web",
        "ring_id": base64url.encode(os.urandom(16)),
        "epoch": 1,
        "issued_at": clock.shown(0),
        "timing": {"rotate_every": 7 * DAY, "distribution": 300, "skew": 30},
        "keys": list(keys) or [key(), key(None)],
        "revocations": {
            "pepper": base64url.encode(os.urandom(32)),
            "horizon": 7 * DAY,
            "floor": None,
            "subjects": [],
            "sessions": [],
        },
    } | members


def changed(of: Document, change: Callable[[Document], None]) -> Document:
    """The next epoch of a document."""
    new = copy.deepcopy(of)
    new["epoch"] += 1
    change(new)
    return new


def dump(of: Document) -> bytes:
    """The text of a document."""
    return json.dumps(of).encode()


def read(of: Document) -> KeyRing:
    """Reads a document, also one with secrets that everybody knows."""
    return KeyRing(*document.read(dump(of), published_too=True))


def live(of: Document) -> LiveRing:
    """Makes a ring that can be replaced of a document."""
    return LiveRing(read(of))
