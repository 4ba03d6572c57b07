"""What does a developer's first run seal with?"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from pathlib import Path

from sealjar import aead, base64url, clock
from sealjar.aead import Suite
from sealjar.errors import ClockError
from sealjar.key import Key, secret_text
from sealjar.source.errors import shown

_LOG = logging.getLogger("sealjar")
LONGEST = 90 * 86_400
"""How long a session may live in development, in seconds: as long as any "remember me"."""


def development_directory() -> Path:
    """Returns the directory for development rings: `.sealjar` at the root of the workspace.

    Directories of another owner end the search: in a shared directory such as `/tmp`, another user
    could place a ring for us.
    """
    start = Path.cwd()
    owner = start.stat().st_uid
    for directory in (start, *start.parents):
        if directory.stat().st_uid != owner:
            break
        if any((directory / mark).exists() for mark in ("Cargo.lock", ".git")):
            return directory / ".sealjar"
    return start / ".sealjar"


def make_ring(path: Path) -> None:
    """Writes a ring for development beside its place and puts it there whole.

    Of several processes that start at once all use the first one's.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path.parent / ".gitignore", "# Key rings for development. They are secrets.\n*\n")
    beside = path.with_suffix(f".{base64url.encode(aead.random(16))}.tmp")
    try:
        _write(beside, _ring())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
    _LOG.warning("made a key ring for development, %s; never use it in production", shown(path))


def _write(path: Path, content: str) -> None:
    with contextlib.suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())


def _ring() -> str:
    try:
        now = clock.now()
    except ClockError as error:
        raise OSError(str(error)) from None
    document = {
        "format": "sealjar-ring/1",
        "critical": [],
        "ring": "development",
        "ring_id": base64url.encode(aead.random(16)),
        "epoch": 1,
        "issued_at": clock.shown(now),
        # Nobody rotates it, so nobody is late with it.
        "timing": {"rotate_every": clock.MAX, "distribution": 300, "skew": 30},
        "keys": [_key(now, clock.shown(clock.earlier(now, 30))), _key(now, None)],
        "revocations": {
            "pepper": base64url.encode(aead.random(32)),
            "horizon": LONGEST,
            "floor": None,
            "subjects": [],
            "sessions": [],
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _key(now: int, seals_from: str | None) -> dict[str, object]:
    secret = aead.random(32)
    return {
        "id": Key(Suite.XAES_256_GCM, secret).id,
        "suite": Suite.XAES_256_GCM.value,
        "secret": secret_text(secret),
        "lifetime": LONGEST,
        "staged_epoch": 1,
        "staged_at": clock.shown(now),
        "seals_from": seals_from,
        "seals_until": None,
        "opens_until": None,
        "revoked": False,
    }
