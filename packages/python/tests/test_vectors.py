"""Does this package agree with the second implementation that made the known answers?"""

from __future__ import annotations

from typing import Any

import pytest
from rings import read, ring, vectors

from sealjar import Context, OpenError, Sealer, Suite, Token, aead, base64url, clock
from sealjar.key import Key, read_secret
from sealjar.opened import Opened
from sealjar.plaintext import Times

VECTORS = vectors("sealjar", "token_v1.json")


class Case:
    """One answer of the file."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.key = Key(Suite(case["suite"]), read_secret(case["secret"]))

    def hex(self, name: str) -> bytes:
        return bytes.fromhex(self.case[name])

    def time(self, name: str) -> int:
        return clock.from_unix(self.case[name])

    @property
    def times(self) -> Times:
        return Times(self.time("born"), self.time("sealed_at"), self.time("expires_at"))

    def sealer(self, *, padding: int = 1, plain: bool = False) -> Sealer:
        case = self.case
        context = Context(case["app"], case["purpose"], case["cookie_name"], self.hex("binding"))
        # The ring's key may be otherwise than usual.
        overrides = case.get("ring_key", {})
        listed = {
            "id": self.key.id,
            "suite": case["suite"],
            "secret": case["secret"],
            "lifetime": 86_400,
            "staged_epoch": 0,
            "staged_at": clock.shown(0),
            "seals_from": clock.shown(0),
            "seals_until": None,
            "opens_until": None,
            "revoked": False,
        }
        if not plain:
            listed |= overrides
        of = ring(listed)
        if not plain:
            of["revocations"]["floor"] = case.get("floor")
        return Sealer(read(of), context, padding)

    def open(self) -> Opened:
        return self.sealer().open_at(self.case["token"], self.time("open_at"))


def test_every_valid_vector_is_sealed_to_the_byte_and_opened() -> None:
    assert len(VECTORS["valid"]) == 23
    for of in VECTORS["valid"]:
        case = Case(of)
        secret = read_secret(of["secret"])
        assert aead.extract(secret) == case.hex("prk")
        assert case.key.id == of["key_id"]

        sealer = case.sealer(padding=of["bucket"], plain=True)
        token, expires_at = sealer.seal_with(
            case.hex("payload"), case.times, lambda _, case=case: case.hex("nonce")
        )
        assert expires_at == case.time("expires_at")
        assert token.raw == case.hex("raw")
        assert str(token) == of["token"]

        opened = case.open()
        assert opened.payload == case.hex("payload")
        assert opened.times == case.times
        assert opened.key_id == case.key.id


def test_the_vectors_purpose_key_and_additional_data_open_their_tokens() -> None:
    for of in VECTORS["valid"]:
        case, token = Case(of), Token.parse(of["token"])
        cipher = aead.cipher_of(Suite(of["suite"]), case.hex("key"))
        assert cipher.open(token.nonce, case.hex("aad"), token.sealed) == case.hex("plaintext")


def test_every_invalid_vector_is_refused_with_its_kind() -> None:
    assert len(VECTORS["invalid"]) == 43
    for of in VECTORS["invalid"]:
        with pytest.raises(OpenError) as refused:
            Case(of).open()
        assert refused.value.kind == of["kind"], of["why"]
        # What can be told from the text alone is told before a ring is asked.
        if of["kind"] in ("malformed", "unknown_version"):
            with pytest.raises(OpenError) as refused:
                Token.parse(of["token"])
            assert refused.value.kind == of["kind"], of["why"]
        else:
            Token.parse(of["token"])


def test_the_text_of_every_valid_vector_is_the_only_one() -> None:
    for of in VECTORS["valid"]:
        assert base64url.encode(Token.parse(of["token"]).raw) == of["token"]


def test_hchacha20_is_that_of_the_draft() -> None:
    """draft-irtf-cfrg-xchacha-03, section 2.2.1."""
    nonce = bytes.fromhex("000000090000004a0000000031415927")
    derived = "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"
    assert aead.hchacha20(bytes(range(32)), nonce).hex() == derived


def test_an_opener_that_ignores_the_tag_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the vectors notice a cipher that believes everything."""
    monkeypatch.setattr(aead._Xaes, "open", lambda *_: bytes(12) + b"\x80")
    kinds = []
    for of in VECTORS["invalid"]:
        if of["kind"] == "forged" and of["suite"] == "xaes-256-gcm":
            with pytest.raises(OpenError) as refused:
                Case(of).open()
            kinds.append(refused.value.kind)
    assert kinds and "forged" not in kinds
