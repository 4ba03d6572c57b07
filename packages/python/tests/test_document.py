"""Is a ring document read as it is meant, and refused with place and reason where it is not?"""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rings
from rings import DAY, Document, dump, key, read, revoked, ring

from sealjar import KeyRing, RingError, Suite, base64url
from sealjar.errors import RingDocument, RingSyntax, RingTooLarge, UnsupportedFormat
from sealjar.key import Key, secret_text
from sealjar.published import PUBLISHED, is_published, known_secret

Path = tuple[str | int, ...]


def document() -> Document:
    """A document with a key in each of its states, and something in every list."""
    opening = key(
        7 * DAY,
        Suite.XCHACHA20_POLY1305,
        seals_until="2025-02-22T05:01:00Z",
        opens_until="2025-02-23T05:06:00Z",
        lifetime=3600,
    )
    of = ring(key(8 * DAY), opening, revoked(key()), next_key={"lifetime": 1, "early": False})
    of["apps"] = ["shop"]
    of["revocations"] |= {
        "floor": 5,
        "subjects": [["AQEBAQEBAQE", 'caf\u00e9 "1"', 61], ["AAAAAAAAAAA", "shop", 60]],
        "sessions": [["AgICAgICAgI", 60]],
    }
    return of


def paths(value: Any, before: Path = ()) -> Iterator[Path]:
    """Every place in a document, the document itself excepted."""
    steps = value.items() if isinstance(value, dict) else []
    steps = enumerate(value) if isinstance(value, list) else steps
    for step, below in steps:
        yield (*before, step)
        yield from paths(below, (*before, step))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def with_(path: Path, value: Any, of: Document | None = None) -> Document:
    changed = copy.deepcopy(of or document())
    at(changed, path[:-1])[path[-1]] = value
    return changed


def place(path: Path) -> str:
    return "".join(f"[{it}]" if isinstance(it, int) else f".{it}" for it in path)[1:]


def shows_secret(said: str, *secrets: str) -> bool:
    """Eight characters of a secret in a row are too many."""
    parts = {secret[at : at + 8] for secret in secrets for at in range(len(secret) - 7)}
    return any(said[at : at + 8] in parts for at in range(len(said) - 7))


def secrets_of(of: Any) -> list[str]:
    texts = [at(of, path) for path in paths(of)]
    texts = [it for it in texts if isinstance(it, str)]
    secrets = [it[14:62] for it in texts if it.startswith("sealjar-key-1_")]
    return secrets + [it for it in texts if len(it) == 43]


def refusal(of: Document | bytes, kind: type[RingError] = RingDocument) -> Any:
    written = of if isinstance(of, bytes) else dump(of)
    with pytest.raises(kind) as refused:
        KeyRing.from_json(written)
    if isinstance(of, dict):
        for said in (str(refused.value), repr(refused.value)):
            assert not shows_secret(said, *secrets_of(of))
    return refused.value


def test_every_field_is_read() -> None:
    of = document()
    found = read(of)
    assert (found.name, found.epoch, found.id) == ("web", 1, of["ring_id"])
    assert (found.head.timing.rotate_every, found.head.timing.skew) == (7 * DAY, 30)
    assert found.head.next_key is not None and not found.head.next_key.early
    assert found.head.apps == {"shop"}
    assert [it.id for it in found.keys] == [it["id"] for it in of["keys"]]
    assert [it.is_usable for it in found.keys] == [True, True, False]
    assert [it.lifetime for it in found.keys] == [DAY, 3600, DAY]
    assert found.keys[0].seals_from == 8 * DAY
    lists = found.revocations
    assert (lists.horizon, lists.floor, lists.entries) == (7 * DAY, 5, 3)
    assert lists.apps == ['caf\u00e9 "1"', "shop"]
    assert lists.covers_session(b"\2" * 8) and not lists.covers_session(b"\1" * 8)


def test_a_missing_field_is_named_wherever_it_is_missing() -> None:
    of = document()
    optional = {"ring_id", "next_key", "apps"}
    members = [it for it in paths(of) if isinstance(it[-1], str) and it[0] not in optional]
    assert len(members) == 8 + 3 + 3 * 10 + 5
    for path in members:
        broken = copy.deepcopy(of)
        del at(broken, path[:-1])[path[-1]]
        refused = refusal(broken)
        assert (refused.place, refused.reason) == (place(path), "is missing")
    for name in optional:
        read({member: value for member, value in of.items() if member != name})


def test_a_value_of_the_wrong_type_is_named_wherever_it_is() -> None:
    of, count = document(), 0
    for path in paths(of):
        original, name = at(of, path), path[-1]
        right: list[Any] = [original]
        if name in ("seals_from", "seals_until", "opens_until"):
            right += [None, "x"]
        if name == "floor":
            right += [None, 7]
        for wrong in (None, True, 7, "x", [], {}):
            if type(wrong) in map(type, right):
                continue
            count += 1
            reason = "must be"
            if name == "secret" and (original is None or wrong is None):
                reason = "because the key is revoked" if original is None else "is null, and"
            refused = refusal(with_(path, wrong, of))
            assert refused.place == place(path) and reason in refused.reason
    assert count > 200
    for wrong in (None, True, 7, "x", []):
        assert refusal(json.dumps(wrong).encode()).place == "the document"


def test_numbers_that_are_no_count_of_seconds_are_named() -> None:
    of, count = document(), 0
    for path in paths(of):
        if type(at(of, path)) is not int:
            continue
        for number in ("-1", "-0", "1.5", "1.0", "1e3", "18446744073709551616", "4294967296"):
            if number == "4294967296" and str(path[-1]).endswith("epoch"):
                continue
            count += 1
            written = dump(with_(path, "@number@", of)).replace(b'"@number@"', number.encode())
            refused = refusal(written)
            whole = number == "4294967296"
            wanted = "must be at most 4294967295" if whole else "must be a whole number, 0 or more"
            assert refused.place == place(path) and refused.reason.startswith(wanted)
    assert count > 80


NO_TIME = "the time is not a YYYY-MM-DDTHH:MM:SSZ"
CONTRADICTIONS: list[tuple[Path, Callable[[Document], Any], str, str]] = [
    (("keys", 0, "secret"), lambda of: of["keys"][0]["secret"][:-1], "", "must be 48 characters"),
    (("keys", 0, "secret"), lambda of: of["keys"][0]["secret"][14:], "", "must begin with"),
    (
        ("keys", 0, "secret"),
        lambda of: secret_text(bytes(32))[:-6] + of["keys"][0]["secret"][-6:],
        "",
        "the check bytes do not match",
    ),
    (("keys", 0, "secret"), lambda of: of["keys"][1]["secret"], "keys[0].id", "is not the id"),
    (("keys", 0, "id"), lambda of: of["keys"][1]["id"], "", "is not the id of this secret"),
    (("keys", 0, "id"), lambda of: "A" * 21 + "B", "", "a key id is 22 characters"),
    (("keys", 0, "id"), lambda of: "A" * 21, "", "a key id is 22 characters"),
    (("keys", 0, "id"), lambda of: "A" * 22 + "==", "", "a key id is 22 characters"),
    (("keys", 0, "suite"), lambda of: "xchacha20-poly1305", "keys[0].id", "is not the id"),
    (("keys", 2, "id"), lambda of: of["keys"][0]["id"], "", "is also the id of keys[0]"),
    (("keys", 1), lambda of: of["keys"][0], "keys[1].id", "is also the id of keys[0]"),
    (("keys", 0, "revoked"), lambda of: True, "keys[0].secret", "must be null"),
    (("keys", 2, "revoked"), lambda of: False, "keys[2].secret", "is null"),
    (("keys", 1, "seals_until"), lambda of: "2025-01-01T00:00:00Z", "", "is before the time"),
    (("keys", 1, "opens_until"), lambda of: "2025-02-22T05:00:59Z", "", "is before the time"),
    (("keys", 1, "seals_from"), lambda of: None, "keys[1].seals_until", "without the time"),
    (("keys", 1, "seals_until"), lambda of: None, "keys[1].opens_until", "without the time"),
    (("keys", 0, "seals_from"), lambda of: "2026-11-22T05:00:30+00:00", "", NO_TIME),
    (("keys", 0, "seals_from"), lambda of: "2026-11-22T05:00:30.0Z", "", NO_TIME),
    (("keys", 0, "seals_from"), lambda of: "2026-11-22 05:00:30Z", "", NO_TIME),
    (("keys", 0, "seals_from"), lambda of: "2026-11-22T23:59:60Z", "", NO_TIME),
    (("keys", 0, "staged_at"), lambda of: "2024-12-31T23:59:59Z", "", NO_TIME),
    (("issued_at",), lambda of: "2161-02-07T06:28:16Z", "", NO_TIME),
    (("keys", 0, "lifetime"), lambda of: 0, "", "must be at least 1 second"),
    (("ring",), lambda of: "", "", "must be 1 to 24 of a-z, 0-9 and -"),
    (("ring",), lambda of: "x" * 25, "", "must be 1 to 24 of a-z, 0-9 and -"),
    (("ring",), lambda of: "web\n", "", "must be 1 to 24 of a-z, 0-9 and -"),
    (("keys",), lambda of: [], "", "holds 0 keys, 1 to 64 are allowed"),
    (("keys",), lambda of: of["keys"] * 22, "", "holds 66 entries, at most 64"),
    (("apps",), lambda of: ["a"] * 65, "", "holds 65 entries, at most 64"),
    (("epoch",), lambda of: 4_295_053_696, "", "must be at most 4295053695"),
    (("revocations", "pepper"), lambda of: "A" * 42, "", "must be 43 characters of canonical"),
    (("revocations", "pepper"), lambda of: "B" * 43, "", "must be 43 characters of canonical"),
    (("revocations", "subjects", 0, 0), lambda of: "A" * 10 + "B", "", "must be 11 characters"),
    (("revocations", "subjects", 0), lambda of: ["AAAAAAAAAAA", 1], "", "must be a list of 3"),
    (("revocations", "subjects", 0, 1), lambda of: "x" * 65_536, "", "is 65536 bytes long"),
    (("revocations", "subjects", 0, 1), lambda of: "\u00e9" * 32_768, "", "is 65536 bytes long"),
]


@pytest.mark.parametrize(("path", "value", "elsewhere", "reason"), CONTRADICTIONS)
def test_what_contradicts_itself_is_refused_with_place_and_reason(
    path: Path, value: Callable[[Document], Any], elsewhere: str, reason: str
) -> None:
    of = document()
    refused = refusal(with_(path, value(of), of))
    assert refused.place == (elsewhere or place(path))
    assert reason in refused.reason


def test_more_than_8192_revocations_are_refused_with_a_hint() -> None:
    def filled(subjects: int, sessions: int) -> Document:
        of = ring()
        name = [base64url.encode(at.to_bytes(8, "big")) for at in range(max(subjects, sessions))]
        of["revocations"]["subjects"] = [[name[at], "shop", at] for at in range(subjects)]
        of["revocations"]["sessions"] = [[name[at], at] for at in range(sessions)]
        return of

    for subjects, sessions, where in (
        (8193, 0, "revocations.subjects"),
        (0, 8193, "revocations.sessions"),
        (8192, 1, "revocations"),
    ):
        refused = refusal(filled(subjects, sessions))
        assert refused.place == where
        assert refused.reason.startswith("holds 8193 entries, at most 8192 are allowed: raise")
    for subjects, sessions in ((8192, 0), (0, 8192), (4096, 4096)):
        assert read(filled(subjects, sessions)).revocations.entries == 8192


def test_text_that_is_not_one_json_value_is_refused() -> None:
    of = document()
    whole = dump(of)
    for written in (
        b"",
        b" \n\t ",
        b"\xef\xbb\xbf" + whole,
        whole.decode().encode("utf-16-le"),
        whole.replace(b'"web"', b'"\xff"'),
        whole.replace(b'"web"', b'"\x01"'),
        whole + whole,
        whole + b"1",
        whole + b"}",
        whole + b"\0",
        whole.replace(b": 300", b": 0300"),
        whole.replace(b": 300", b": NaN"),
        whole.replace(b": 300", b": Infinity"),
        whole.replace(b": 300", b": 1e400"),
        whole.replace(b": 300", b": " + b"9" * 5000),
        whole.replace(b'"web"', b'"\\ud800"'),
        whole.replace(b'"web"', b'"\\udc00\\ud800"'),
        whole.replace(b'"', b"'"),
        b"// ring\n" + whole,
        whole[:-1] + b', "deep": ' + b"[" * 127 + b"]" * 127 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ):
        assert written != whole
        said = str(refusal(written, RingSyntax))
        assert not shows_secret(said, *secrets_of(of))
    # One level less is taken.
    read(json.loads(whole[:-1] + b', "deep": ' + b"[" * 126 + b"]" * 126 + b"}"))


def test_a_document_cut_anywhere_is_refused() -> None:
    whole = dump(document())
    KeyRing.from_json(whole)
    for length in range(len(whole)):
        refusal(whole[:length], RingSyntax)


def test_a_member_that_is_there_twice_is_named_in_every_object() -> None:
    of, count = document(), 0
    for path in paths(of):
        if not isinstance(path[-1], str):
            continue
        count += 1
        twice = copy.deepcopy(of)
        at(twice, path[:-1])["@twin@"] = at(of, path)
        written = dump(twice).replace(b"@twin@", path[-1].encode())
        assert f'the member "{path[-1]}" is there twice' in str(refusal(written, RingSyntax))
    assert count > 40
    # Also where this build ignores what it says, and when the two are spelled differently.
    for twins in ('{"a":1,"a":1}', '[{"b":{"a":1,"a":1}}]', '{"\\u0061":1,"a":1}'):
        written = dump(of | {"of_later": "@"}).replace(b'"@"', twins.encode())
        assert 'the member "a" is there twice' in str(refusal(written, RingSyntax))
    # What does not look like a member's name is not repeated.
    secret = of["keys"][0]["secret"]
    written = dump(of | {secret: 1, "@twin@": 2}).replace(b"@twin@", secret.encode())
    assert "a member is there twice" in str(refusal(written, RingSyntax))


def test_a_secret_in_any_wrong_place_is_not_repeated() -> None:
    of, refused = document(), 0
    secrets = secrets_of(of)
    secret = of["keys"][0]["secret"]
    for pasted in (secret, secret[:40], secret[14:], secret * 2, secret[:50] + "!!" + secret[52:]):
        for path in paths(of):
            try:
                KeyRing.from_json(dump(with_(path, pasted, of)))
            except RingError as error:
                refused += 1
                assert not shows_secret(f"{error} {error!r}", *secrets)
    assert refused > 250
    assert shows_secret(f"invalid value {secret[20:28]}", *secrets), "the search finds one"


def test_a_ring_that_is_shown_shows_no_secret() -> None:
    of = document()
    of["keys"].append(key(suite=Suite.XAES_256_GCM, secret="not our alphabet") | {"suite": "aegis"})
    found = read(of)
    shown = f"{found!r} {found.keys[0].key!r} {rings.live(of)!r} {found.revocations!r} {found.keys}"
    assert not shows_secret(shown, *secrets_of(of), "not our alphabet")
    assert of["keys"][0]["id"] in shown
    for pickles in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            pickles(found.keys[0].key)


def test_fields_this_build_does_not_know_are_ignored_in_every_object() -> None:
    of = document()
    known = read(of)
    for path in ((), ("timing",), ("keys", 0), ("keys", 2), ("revocations",)):
        for value in (None, -1.5, {"format": [{"id": 1}]}, "x"):
            assert read(with_((*path, "of_later"), value, of)).same_content(known)


def test_a_critical_field_has_to_be_known() -> None:
    of = document()
    read(of | {"critical": ["keys", "seals_from", "pepper", "critical"]})
    for name, shown in (("of_later", '"of_later"'), ("Keys", "a critical field is"), ("", "is")):
        # It says so before it complains of what it may have misunderstood.
        broken = of | {"critical": ["keys", name], "keys": "written in a later way"}
        assert shown in str(refusal(dump(broken), UnsupportedFormat))


def test_another_format_is_unsupported_whatever_else_the_document_says() -> None:
    for name in ("sealjar-ring/2", "sealjar-ring/1.0", "sealjar-ring/1 ", ""):
        for of in (document() | {"format": name}, {"format": name, "keys": 1}):
            refused = refusal(dump(of), UnsupportedFormat)
            assert 'sealjar-ring/1"' in str(refused)


def test_a_key_of_an_unknown_suite_is_kept_and_opens_nothing() -> None:
    of = ring(key(2, secret="not our alphabet", suite=Suite.XAES_256_GCM), key(1))
    of["keys"][0]["suite"] = "aegis-256"
    found = read(of)
    assert found.sealing_key(START := 5) is found.keys[0]
    assert not found.keys[0].is_usable
    assert found.phase(found.keys[0].id, START) == "sealing"
    other = copy.deepcopy(of)
    other["keys"][0]["secret"] = "another"
    assert not read(other).same_content(found)


def test_a_document_of_500_000_bytes_is_read_and_a_longer_one_is_not() -> None:
    whole = dump(document()).ljust(500_000)
    KeyRing.from_json(whole)
    assert refusal(whole + b"\n", RingTooLarge).size == 500_001


def test_a_ring_in_another_spelling_is_refused_by_the_name_of_that_spelling() -> None:
    whole = dump(document())
    for made, words in (
        (b"\xef\xbb\xbf" + whole, "byte order mark"),
        (whole.decode().encode("utf-16-le"), "UTF-16"),
        (whole.decode().encode("utf-16-be"), "UTF-16"),
        (b"\xff\xfe" + whole, "UTF-16"),
        (base64.b64encode(whole), "base64"),
        (base64.encodebytes(whole), "base64"),
        (base64.urlsafe_b64encode(whole).rstrip(b"="), "base64"),
        (bytes(len(whole)), "zero bytes"),
        (document()["keys"][0]["secret"].encode() + b"\n", "one key"),
    ):
        assert words in str(refusal(made, RingSyntax))
    for other in (b"", b"e", b"eyJ{", b"nothing", b"AAAA", b'{"format": '):
        assert "line 1 column" in str(refusal(other, RingSyntax))


def test_a_ring_with_a_secret_that_everybody_knows_is_refused() -> None:
    for secret in (known_secret(1), bytes(32), bytes(range(32)), b"\xa7" * 32):
        assert is_published(secret)
        listed = key(secret=secret_text(secret), id=Key(Suite.XAES_256_GCM, secret).id)
        assert refusal(dump(ring(listed))).place == "keys[0].secret"
        read(ring(listed))
    drawn = bytearray(known_secret(1))
    drawn[31] ^= 1
    assert not is_published(bytes(drawn))


def test_the_published_secrets_are_those_of_the_rust_crate() -> None:
    source = (rings.REPOSITORY / "crates/sealjar/src/published.rs").read_text()
    listed = source.split("PUBLISHED: [&str;")[1]
    assert set(re.findall('"([A-Za-z0-9_-]{22})"', listed)) == PUBLISHED
