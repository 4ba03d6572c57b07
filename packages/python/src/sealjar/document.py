"""How is a ring written down? JSON, format `sealjar-ring/1`.

This package reads it and never writes it.
"""

from __future__ import annotations

from sealjar import json, published
from sealjar.aead import Suite
from sealjar.base64url import decode_exactly, encode
from sealjar.cursor import MAX_REVOCATIONS, Cursor
from sealjar.draft import MAX_APPS, MAX_KEYS, NextKey, RingDraft, RingHead, Timing
from sealjar.errors import RingSyntax, RingTooLarge, UnsupportedFormat
from sealjar.instead import instead
from sealjar.key import Key, read_secret
from sealjar.revocation import MAX_NAME, Revocations
from sealjar.ring_key import RingKey

MAX_DOCUMENT = 500_000


def read(text: bytes, published_too: bool = False) -> RingDraft:
    """Reads a document. `published_too`: accept secrets that are public, as tests do."""
    if len(text) > MAX_DOCUMENT:
        raise RingTooLarge(len(text))
    try:
        tree = json.parse(text, deepest=127, whole=_whole)
    except json.JsonError as error:
        raise RingSyntax(instead(text) or str(error)) from None
    root = Cursor("", tree).object()
    critical = _read_format(root)
    keys = [_read_key(key.object(), published_too) for key in root.field("keys").list(MAX_KEYS)]
    ring_id = root.optional("ring_id")
    next_key = root.optional("next_key")
    apps = root.optional("apps")
    head = RingHead(
        name=root.field("ring").text(),
        id=None if ring_id is None else encode(ring_id.bytes(16)),
        epoch=root.field("epoch").integer(),
        issued_at=root.field("issued_at").time(),
        timing=_read_timing(root.field("timing").object()),
        next_key=None if next_key is None else _read_next_key(next_key.object()),
        apps=frozenset() if apps is None else frozenset(map(_read_name, apps.list(MAX_APPS))),
        critical=critical,
    )
    return RingDraft(head, keys, _read_revocations(root.field("revocations").object()))


def _whole(digits: str) -> int | float:
    """No field takes a negative number, nor one beyond 64 bits: these count as fractions."""
    if digits.startswith("-") or len(digits) > 20:
        number = float(digits)
        if number in (float("inf"), float("-inf")):
            raise json.JsonError("a number is out of range")
        return number
    whole = int(digits)
    return whole if whole < 1 << 64 else float(whole)


def _read_format(root: Cursor) -> tuple[str, ...]:
    """Reads what has to be understood before anything else may be."""
    if root.field("format").text() != "sealjar-ring/1":
        raise UnsupportedFormat('this build reads the format "sealjar-ring/1" only')
    critical = []
    for place in root.field("critical").list(len(_FIELDS)):
        name = place.text()
        if name not in _FIELDS:
            shown = f'the critical field "{name}"' if json.is_plain(name) else "a critical field"
            raise UnsupportedFormat(f"{shown} is not known to this build")
        critical.append(name)
    return tuple(critical)


def _read_timing(timing: Cursor) -> Timing:
    names = ("rotate_every", "distribution", "skew")
    return Timing(*(timing.field(name).seconds() for name in names))


def _read_next_key(next_key: Cursor) -> NextKey:
    return NextKey(next_key.field("lifetime").seconds(), next_key.field("early").bool())


def _read_name(name: Cursor) -> str:
    """Reads the name of an application, which is hashed with its length in 16 bits."""
    text = name.text()
    length = len(text.encode())
    if length > MAX_NAME:
        name.refuse(f"is {length} bytes long, the limit is {MAX_NAME}")
    return text


def _read_key(key: Cursor, published_too: bool) -> RingKey:
    id_place = key.field("id")
    if decode_exactly(id_place.text(), 16) is None:
        id_place.refuse("a key id is 22 characters of base64url without padding")
    suite = key.field("suite").text()
    is_revoked = key.field("revoked").bool()
    secret = key.field("secret")
    if is_revoked and secret.value is not None:
        secret.refuse("must be null, because the key is revoked")
    if not is_revoked and secret.value is None:
        secret.refuse("is null, and the key is not revoked")
    known = Suite.from_name(suite)
    is_unsupported = not is_revoked and known is None
    return RingKey(
        id=id_place.text(),
        suite_name=suite,
        key=_read_material(known, secret, id_place, published_too)
        if known and not is_revoked
        else None,
        lifetime=key.field("lifetime").seconds(),
        staged_epoch=key.field("staged_epoch").integer(),
        staged_at=key.field("staged_at").time(),
        seals_from=key.field("seals_from").time_or_null(),
        seals_until=key.field("seals_until").time_or_null(),
        opens_until=key.field("opens_until").time_or_null(),
        is_revoked=is_revoked,
        unsupported_secret=secret.text() if is_unsupported else None,
    )


def _read_material(suite: Suite, secret: Cursor, id_place: Cursor, published_too: bool) -> Key:
    try:
        key = Key(suite, read_secret(secret.text()))
    except ValueError as error:
        secret.refuse(str(error))
    if key.id != id_place.text():
        id_place.refuse("is not the id of this secret and suite")
    if key.is_published and not published_too:
        secret.refuse(published.REASON)
    return key


def _read_revocations(lists: Cursor) -> Revocations:
    revocations = Revocations(
        lists.field("pepper").bytes(32),
        lists.field("horizon").seconds(),
        lists.field("floor").seconds_or_null(),
    )
    for entry in lists.field("subjects").list(MAX_REVOCATIONS):
        digest, app, born_before = entry.tuple(3)
        revocations.insert_subject(_read_name(app), digest.bytes(8), born_before.seconds())
    for entry in lists.field("sessions").list(MAX_REVOCATIONS):
        session_id, revoked_at = entry.tuple(2)
        revocations.insert_session(session_id.bytes(8), revoked_at.seconds())
    return revocations


_FIELDS = frozenset(
    (
        "format critical ring ring_id epoch issued_at timing rotate_every distribution skew "
        "next_key early apps keys id suite secret lifetime staged_epoch staged_at seals_from "
        "seals_until opens_until revoked revocations pepper horizon floor subjects sessions"
    ).split()
)
