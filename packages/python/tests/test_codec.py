"""Are session payloads, JSON bodies and cookie headers read and written as all languages do?"""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from rings import key, read, ring, vectors

from sealjar import KeyRing, OpenError, Suite, clock, document
from sealjar.key import Key, read_secret
from sealjar.session import Jar, codec, envelope
from sealjar.session.cookie import chunk, mark, scan
from sealjar.session.envelope import Envelope

JSON = vectors("sealjar-session", "session_json_v1.json")
SESSION = vectors("sealjar-session", "session_v2.json")


def jar(**settings: Any) -> Jar:
    """A jar that opens the vectors."""
    listed = key(0, secret=JSON["secret"], id=JSON["key_id"])
    assert Key(Suite.XAES_256_GCM, read_secret(JSON["secret"])).id == JSON["key_id"]
    settings.setdefault("subject", lambda _: None)
    now = clock.from_unix(JSON["open_at"])
    return Jar(read(ring(listed)), JSON["app"], clock=lambda: now, **settings)


def header(of: dict[str, Any]) -> bytes:
    return f"{JSON['cookie_name']}={of['token']}".encode()


def test_every_session_of_the_vectors_opens_and_is_what_it_is() -> None:
    assert len(JSON["opens"]) > 20
    for of in JSON["opens"]:
        session = jar(schema=of["schema"]).open([header(of)])
        assert str(session.origin) == "opened", of["why"]
        assert session.get() == of["session"], of["why"]
        assert (session.id, session.revision) == (of["id"], of["revision"]), of["why"]
        frame = Envelope(of["schema"], bytes.fromhex(of["id"]), of["revision"])
        assert frame.encode(of["body"].encode()).hex() == of["payload"], of["why"]


def test_every_refused_session_of_the_vectors_is_refused_with_its_kind() -> None:
    assert len(JSON["refused"]) > 80
    for of in JSON["refused"]:
        session = jar(schema=of.get("reads_schema", 0)).open([header(of)])
        assert str(session.origin) == of["kind"], of["why"]
        assert session.get() == {}


def test_a_reader_of_any_json_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the standard library alone takes what must be refused."""

    def lenient(body: bytes, _: object) -> codec.Body | None:
        try:
            value = json.loads(body)
        except ValueError:
            return None
        return codec.Body(value, []) if isinstance(value, dict) else None

    monkeypatch.setattr(codec, "decode", lenient)
    with pytest.raises(AssertionError):
        test_every_refused_session_of_the_vectors_is_refused_with_its_kind()


def test_members_that_a_build_does_not_know_are_kept_byte_for_byte() -> None:
    assert len(JSON["kept"]) >= 6
    for of in JSON["kept"]:
        known = dict.fromkeys(of["knows"])
        body = codec.decode(of["body"].encode(), known)
        assert body is not None
        assert body.value.keys() <= known.keys()
        writes = json.loads(of["writes"])
        assert codec.encode(writes, body.unknown).decode() == of["written"], of["why"]
        assert codec.encode(writes, []).decode() == of["after_renew"], of["why"]


def test_what_json_cannot_carry_is_refused_when_it_is_written() -> None:
    values = [it["value"] for it in JSON["unwritable"] if isinstance(it["value"], dict)]
    assert len(values) >= 4
    deep: Any = {}
    for _ in range(32):
        deep = {"a": deep}
    for value in [
        *values,
        deep,
        {"a": math.nan},
        {"a": [-math.inf]},
        {"a": 1e16},
        {"a": -(2**53)},
        {"a": "\ud800"},
        {"\udfff": 1},
        {1: "a"},
        {"a": {None: 1}},
        {"a": b"bytes"},
        {"a": {1, 2}},
        {"a": object()},
        {"secret": [{"b": 1j}]},
    ]:
        with pytest.raises(codec.Unencodable) as refused:
            codec.encode(value)
        assert str(refused.value).startswith("the session")
    assert codec.encode({"a": (1, 2.5, None, True)}) == b'{"a":[1,2.5,null,true]}'
    assert codec.encode(deep["a"]).count(b"{") == 32


def test_what_is_written_is_read_back_as_the_same() -> None:
    value = {"a": '\u00e9\u2028\U0001f600\0"\\', "b": [2**53 - 1, -0.5, 1e-7], "c": {"": None}}
    body = codec.decode(codec.encode(value), None)
    assert body is not None and body.value == value


def test_frames_are_written_and_read_byte_for_byte() -> None:
    for of in SESSION["session_payload"]:
        frame = Envelope(of["schema"], bytes.fromhex(of["id"]), of["revision"])
        if of["layout"]:
            # One with a layout is a session of Rust's own.
            assert envelope.decode(bytes.fromhex(of["payload"])) is None
            continue
        body = bytes.fromhex(of["body"])
        assert frame.encode(body).hex() == of["payload"]
        assert envelope.decode(bytes.fromhex(of["payload"])) == (frame, body)
    for schema in (0, 1, 127, 128, 16_383, 16_384, 65_535):
        for revision in (0, 127, 128, 300, 2_097_152, 0xFFFF_FFFF):
            frame = Envelope(schema, b"\0session", revision)
            payload = frame.encode(b"{}")
            assert envelope.decode(payload) == (frame, b"{}")
            for cut in range(len(payload) - 2):
                assert envelope.decode(payload[:cut]) is None
    for payload in (
        b"\x80\x80\x04idididid\x00\x00",
        b"\x00idididid\x80\x80\x80\x80\x10\x00",
        b"\x00idididid\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x00idididid\x00\x01{}",
    ):
        assert envelope.decode(payload) is None
    # Not the shortest form, and postcard reads it.
    assert envelope.decode(b"\x80\x00idididid\x80\x80\x00\x80\x00{}") == (
        Envelope(0, b"idididid", 0),
        b"{}",
    )


def test_the_candidates_of_every_header_of_the_vectors_are_found() -> None:
    headers = SESSION["cookie_headers"]
    name = headers["name"].encode()
    for of in headers["cases"]:
        raw = [bytes.fromhex(it) for it in of["headers"]]
        texts, torn = [], False
        for value in scan.Found(raw, name).values:
            try:
                texts.append(chunk.join(value, raw, name).decode("latin-1"))
            except OpenError as refusal:
                torn |= refusal.kind == "torn_chunks"
        assert sorted(texts) == sorted(of["candidates"]), of["why"]
        assert torn == of.get("torn", False), of["why"]


def test_a_mark_is_one_to_four_ids_joined_by_dots() -> None:
    one = b"0123456789abcdef"
    ids = [bytes([number] * 8) for number in range(6)]
    for written, found in (
        (ids[:1], ids[:1]),
        (ids[:4], ids[:4]),
        (ids[:5], ids[:4]),
        ([ids[3], ids[1], ids[3], ids[2]], [ids[3], ids[1], ids[2]]),
    ):
        assert mark.parse(mark.write(written).encode()) == found
    for value in (
        b"",
        b".",
        one + b".",
        b"." + one,
        one + b".." + one,
        one + b" " + one,
        one * 2,
        one + b"." + one[1:],
        one + b".+" + one[1:],
        b".".join([one] * 5),
        one + b"\n",
    ):
        assert mark.parse(value) == []


def test_the_document_of_the_vectors_is_one_that_nobody_else_may_use() -> None:
    of = ring(key(0, secret=JSON["secret"], id=JSON["key_id"]))
    with pytest.raises(Exception, match="is no secret"):
        KeyRing.from_json(json.dumps(of).encode())
    document.read(json.dumps(of).encode(), published_too=True)
