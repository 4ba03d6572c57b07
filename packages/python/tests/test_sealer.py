"""Does a sealer give back what was sealed, in its context, in its time, and nothing else?"""

from __future__ import annotations

import copy
import itertools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rings import DAY, START, Document, changed, key, live, read, revoked, ring

from sealjar import (
    REFUSAL_KINDS,
    Context,
    ContextError,
    Key,
    KeyRing,
    LiveRing,
    NoSealingKey,
    OpenError,
    Sealer,
    Suite,
    Token,
    TooLarge,
    base64url,
    clock,
)
from sealjar.errors import AnotherRing, ForeignRing, OlderRing, RingAhead, RingConflict
from sealjar.plaintext import Times
from sealjar.token import sealed_len

CONTEXT = Context("shop-test", "link")
SUITES = list(Suite)


def refused(open_it: Callable[[], Any]) -> str:
    with pytest.raises(OpenError) as error:
        open_it()
    return error.value.kind


def seal(sealer: Sealer, payload: bytes = b"", at: int = START, ttl: int = DAY) -> Token:
    return sealer.seal_with(payload, Times(at, at, at + ttl))[0]


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_sealed_opens_at_every_second_of_its_life(suite: Suite) -> None:
    sealer = Sealer(read(ring(key(suite=suite))), CONTEXT)
    token = seal(sealer, b"payload", ttl=100)
    for now in range(START - 30, START + 100):
        assert sealer.open_at(token, now).payload == b"payload"
        assert sealer.open_at(str(token), now).payload == b"payload"
    assert refused(lambda: sealer.open_at(token, START - 31)) == "bad_time"
    assert refused(lambda: sealer.open_at(token, START + 100)) == "expired"


@pytest.mark.parametrize("suite", SUITES)
def test_no_single_edit_of_the_text_opens(suite: Suite) -> None:
    sealer = Sealer(read(ring(key(suite=suite), key())), CONTEXT)
    whole = str(seal(sealer, b"seven"))
    kinds = Counter(
        refused(lambda edited=whole[:at] + letter + whole[at + 1 :]: sealer.open_at(edited, START))
        for at in range(len(whole))
        for letter in "AZaz09-_=+/ \x00\xe9"
        if whole[at] != letter
    )
    assert {"forged", "malformed", "unknown_key", "unknown_version"} == set(kinds)
    for length in range(len(whole)):
        assert refused(lambda n=length: sealer.open_at(whole[:n], START)) in ("malformed", "forged")


def test_of_all_pairs_of_contexts_none_opens_but_itself() -> None:
    of = live(ring())
    contexts = [
        Context("a", "b"),
        Context("ab", ""),
        Context("", "ab"),
        Context("b", "a"),
        Context("a", "b", "c"),
        Context("a", "b", "", b"c"),
        Context("a", "b", "c", b"c"),
        Context("a", "b", "cc"),
    ]
    sealers = [Sealer(of, context) for context in contexts]
    for one, other in itertools.product(sealers, sealers):
        token = seal(one)
        if one is other:
            other.open_at(token, START)
        else:
            assert refused(lambda o=other, t=token: o.open_at(t, START)) == "forged"


def test_a_purpose_of_the_library_and_a_part_that_is_too_long_are_refused() -> None:
    for purpose in ("session", "session/2", "session-json", "flash", "csrf", "ring-store"):
        with pytest.raises(ContextError, match="belongs to the library"):
            Sealer(read(ring()), Context("shop", purpose))
    for context in (Context("x" * 65_536, "p"), Context("a", "p", "", b"x" * 65_536)):
        with pytest.raises(ContextError, match="is 65536 bytes long, the limit is 65535"):
            Sealer(read(ring()), context)
    with pytest.raises(ContextError, match="padding"):
        Sealer(read(ring()), CONTEXT, padding=0)


def test_lengths_are_what_is_said_and_the_largest_token_is_read() -> None:
    for padding in (1, 64, 256):
        sealer = Sealer(read(ring()), CONTEXT, padding)
        for length in (0, 1, 50, 51, 52, 243, 8000):
            token = seal(sealer, bytes(length))
            assert len(str(token)) == sealed_len(length, padding)
            assert sealer.open_at(token, START).payload == bytes(length)
    sealer = Sealer(read(ring()), CONTEXT)
    assert len(str(seal(sealer, bytes(9146)))) == 12_288
    with pytest.raises(TooLarge) as error:
        seal(sealer, bytes(9147))
    assert error.value.limit == 12_288


def test_the_key_that_seals_is_the_one_that_began_last() -> None:
    first, second, third = key(1), key(START), key(START + 100)
    of = ring(first, third, second, key(None))
    found = read(of)
    for now, sealing in ((1, first), (START - 1, first), (START, second), (START + 100, third)):
        chosen = found.sealing_key(now)
        assert chosen is not None and chosen.id == sealing["id"]
    assert found.phase(third["id"], START) == "staged"
    assert found.phase(first["id"], START) == "opening"
    assert found.phase(of["keys"][3]["id"], START) == "standby"
    # Of two that begin at once the greater id seals, by its bytes.
    twins = [key(5), key(5)]
    greater = max(twins, key=lambda it: base64url.decode(it["id"].encode()) or b"")
    chosen = read(ring(*twins)).sealing_key(5)
    assert chosen is not None and chosen.id == greater["id"]


def test_a_key_seals_and_opens_within_its_times_and_never_when_revoked() -> None:
    one = key(START)
    of = ring(one)
    one["seals_until"], one["opens_until"] = clock.shown(START + 10), clock.shown(START + 50)
    sealer = Sealer(read(of), CONTEXT)
    with pytest.raises(NoSealingKey):
        seal(sealer, at=START - 1)
    token = seal(sealer, at=START + 10, ttl=1000)
    with pytest.raises(NoSealingKey):
        seal(sealer, at=START + 11)
    sealer.open_at(token, START + 49)
    assert refused(lambda: sealer.open_at(token, START + 50)) == "spent_key"
    gone = Sealer(read(ring(revoked(one), key())), CONTEXT)
    assert refused(lambda: gone.open_at(token, START)) == "revoked_key"


def test_the_lifetime_of_the_key_cuts_what_is_asked_for() -> None:
    sealer = Sealer(read(ring(key(lifetime=60))), CONTEXT)
    _, expires_at = sealer.seal_with(b"", Times(START, START, START + DAY))
    assert expires_at == START + 60
    assert sealer.longest_ttl_at(START) == 60


def test_now_is_the_systems_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    sealer = Sealer(Key.generate(Suite.XAES_256_GCM), CONTEXT)
    link = sealer.seal(b"user 42", timedelta(hours=1))
    assert sealer.open(link).payload == b"user 42"
    monkeypatch.setattr(clock.time, "time", lambda: 0.0)
    assert refused(lambda: sealer.open(link)) == "clock"
    assert sealer.uses().refused == Counter({"clock": 1})


def test_each_use_counts_once_under_its_key_or_under_none() -> None:
    first, second = key(1), key(None)
    of = ring(first, second)
    sealer = Sealer(live(of), CONTEXT)
    tokens = [seal(sealer) for _ in range(3)]
    for token in tokens:
        sealer.open_at(token, START)
    for bad in ("x", "A" * 94, "_" + str(tokens[0])[1:]):
        refused(lambda bad=bad: sealer.open_at(bad, START))
    refused(lambda: sealer.open_at(tokens[0], START + DAY))
    uses = sealer.uses()
    assert uses.refused == Counter({"malformed": 1, "unknown_version": 2})
    one = uses.key(first["id"])
    assert one is not None
    assert (one.sealed, one.opened, one.refused) == (3, 3, Counter({"expired": 1}))
    assert uses.opened == 3 and uses.refusals.total() == 4
    # Counts go on when the ring is swapped, and a key that leaves is remembered.
    sealer.ring.replace_at(read(changed(of, lambda it: it["keys"].pop(0))), None)
    sealer.ring.replace_at(read(changed(of, lambda it: it.update(epoch=3))), None)
    again = sealer.uses()
    assert [it.id for it in again.keys] == [first["id"], second["id"]]
    assert again.key(first["id"]) is one


def test_a_ring_is_replaced_by_later_epochs_of_its_own_alone() -> None:
    of = ring(epoch=10)
    later = changed(of, lambda it: it["keys"].append(key(None)))
    in_use = live(of)
    in_use.replace_at(read(of), START)
    for other, error in (
        (ring(epoch=11), AnotherRing),
        (of | {"epoch": 11, "ring": "web-2"}, ForeignRing),
        (of | {"epoch": 9}, OlderRing),
        (of | {"issued_at": clock.shown(1)}, RingConflict),
        (of | {"epoch": START + DAY + 1}, RingAhead),
    ):
        with pytest.raises(error):
            in_use.replace_at(read(other), START)
        assert in_use.load().epoch == 10
    in_use.replace_at(read(later), START)
    assert in_use.load().epoch == 11
    # A ring without an id is that of its pepper; one key in common makes it the same as well.
    nameless = {name: value for name, value in later.items() if name != "ring_id"}
    in_use.replace_at(read(nameless | {"epoch": 12}), START)


def test_a_ring_that_was_taken_under_a_wrong_clock_is_replaced_once_it_is_right() -> None:
    of = ring(epoch=START + 10 * DAY)
    in_use = live(of)
    with pytest.raises(OlderRing):
        in_use.replace_at(read(of | {"epoch": START}), None)
    in_use.replace_at(read(of | {"epoch": START}), START)
    assert in_use.load().epoch == START


def test_an_unknown_key_is_noted_once_until_somebody_looks() -> None:
    sealer = Sealer(live(ring()), CONTEXT)
    strangers = [seal(Sealer(live(ring()), CONTEXT)) for _ in range(2)]
    for token in strangers:
        assert refused(lambda token=token: sealer.open_at(token, START)) == "unknown_key"
    assert sealer.ring.take_unknown() == strangers[0].key_id
    assert sealer.ring.take_unknown() is None


def test_revocations_meet_those_they_name_by_their_birth() -> None:
    of = ring()
    people = read(of).revocations
    digest = base64url.encode(_digest(of, "shop-test", "eve"))
    of["revocations"]["subjects"] = [[digest, "shop-test", START]]
    sealer = Sealer(read(of), CONTEXT)
    for born, expected in ((START - 1, True), (START, False)):
        token, _ = sealer.seal_with(b"", Times(born, START, START + 10))
        opened = sealer.open_at(token, START)
        assert opened.is_subject_revoked("eve") is expected
        assert opened.is_subject_revoked("ada") is False
        assert opened.lists_subjects
    assert not people.lists_subjects("shop-test")


def _digest(of: Document, app: str, subject: str) -> bytes:
    from sealjar import aead

    pepper = base64url.decode(of["revocations"]["pepper"].encode()) or b""
    return aead.subject_hash(pepper, app.encode(), subject.encode())


def test_a_stale_token_is_one_of_an_older_key_than_seals() -> None:
    first, second = key(1), key(START)
    of = ring(first, second)
    sealer = Sealer(read(of), CONTEXT)
    old, new = seal(sealer, at=START - 10), seal(sealer, at=START)
    assert sealer.open_at(old, START).is_stale
    assert not sealer.open_at(new, START).is_stale


def test_many_threads_seal_and_open_while_the_ring_is_swapped() -> None:
    of = ring()
    in_use = live(of)
    sealer = Sealer(in_use, CONTEXT)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(300):
                token = seal(sealer, b"x" * 100)
                assert sealer.open_at(token, START).payload == b"x" * 100
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for epoch in range(2, 60):
        new = copy.deepcopy(of) | {"epoch": epoch}
        new["keys"].append(key(None))
        in_use.replace_at(read(new), START)
    for thread in threads:
        thread.join()
    assert not failures


def test_what_is_shown_of_a_token_and_what_opened_holds_no_content() -> None:
    sealer = Sealer(live(ring()), CONTEXT)
    token = seal(sealer, b"top secret")
    opened = sealer.open_at(token, START)
    shown = f"{token!r} {opened!r} {sealer!r}"
    assert "top secret" not in shown and str(token)[30:] not in shown
    assert opened.key_id in shown


def test_every_kind_of_refusal_has_words() -> None:
    assert sorted(REFUSAL_KINDS) == list(REFUSAL_KINDS) and len(REFUSAL_KINDS) == 21
    for kind in REFUSAL_KINDS:
        assert str(OpenError(kind, "KEY")) and repr(OpenError(kind))


def test_a_live_ring_is_made_of_a_ring_a_key_or_itself() -> None:
    one = Key.generate(Suite.XCHACHA20_POLY1305)
    in_use = LiveRing.of(one)
    assert LiveRing.of(in_use) is in_use
    assert LiveRing.of(KeyRing.of_key(one)).load().keys[0].id == one.id
