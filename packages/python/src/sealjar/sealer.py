"""How is a value sealed, and what has to be true before it is given back?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sealjar import aead, base64url, clock, plaintext
from sealjar.aead import NONCE, PurposeCipher
from sealjar.clock import Timestamp
from sealjar.context import Context
from sealjar.counters import KeyUses, SealerCounters, Uses
from sealjar.errors import (
    ClockError,
    ContextError,
    NoClock,
    NoSealingKey,
    OpenError,
    RefusalKind,
    TooLarge,
)
from sealjar.key import Key
from sealjar.live import LiveRing
from sealjar.opened import Opened
from sealjar.plaintext import Times
from sealjar.ring import KeyRing
from sealjar.ring_key import RingKey
from sealjar.token import MAX_LEN, Token, sealed_len


class Sealer:
    """Seals and opens tokens in one context under a ring that may change meanwhile.

    A session is one use; others are links in e-mails, form tokens, invitations: what has to come
    back unchanged, unread and in time, with nothing stored on a server. A token can be replayed
    until it expires. Where it may be used once only, keep what it names in a record that the use
    changes.

    Raises `ContextError` for a purpose of the library, a part that is too long, or a padding of 0.

    >>> from datetime import timedelta
    >>> from sealjar import Context, Key, Sealer, Suite
    >>> key = Key.generate(Suite.XAES_256_GCM)
    >>> links = Sealer(key, Context("shop-prod", "password-reset"))
    >>> link = str(links.seal(b"user 42", timedelta(hours=1)))
    >>> links.open(link).payload
    b'user 42'
    """

    def __init__(self, ring: LiveRing | KeyRing | Key, context: Context, padding: int = 1) -> None:
        context.check_purpose()
        self._init(ring, context, padding)

    @classmethod
    def for_any_purpose(
        cls, ring: LiveRing | KeyRing | Key, context: Context, padding: int = 1
    ) -> Sealer:
        """Makes a sealer for a purpose of the library. It can forge sessions."""
        sealer = cls.__new__(cls)
        sealer._init(ring, context, padding)
        return sealer

    def _init(self, ring: LiveRing | KeyRing | Key, context: Context, padding: int) -> None:
        context.check()
        if not 1 <= padding <= 65_535:
            raise ContextError("a padding bucket is 1 to 65535 bytes")
        self.ring = LiveRing.of(ring)
        self.context = context
        self.padding = padding
        self._aad_tail = context.aad_tail
        self._counters = SealerCounters()
        self._derived = _Derived(self.ring.load(), context, self._counters)

    def seal(self, payload: bytes, ttl: timedelta) -> Token:
        """Seals a payload so that it opens for `ttl` from now.

        `ttl` counts in whole seconds, and is cut to what the sealing key allows (24 hours by
        default). Raises `NoSealingKey`, `NoClock`, or `TooLarge` beyond 9146 bytes of payload
        without padding.
        """
        try:
            now = clock.now()
        except ClockError:
            raise NoClock from None
        times = Times(now, now, clock.later(now, max(int(ttl.total_seconds()), 0)))
        return self.seal_with(payload, times)[0]

    def seal_with(
        self, payload: bytes, times: Times, draw: Callable[[int], bytes] = aead.random
    ) -> tuple[Token, Timestamp]:
        """Seals with these times, and returns the expiry that the key's lifetime may have cut.

        The one way a token is made. `draw` is the operating system's generator everywhere but in
        tests.
        """
        size = sealed_len(len(payload), self.padding)
        if size > MAX_LEN:
            raise TooLarge(size, MAX_LEN)
        derived = self._for_ring()
        key = derived.ring.sealing_key(times.sealed_at)
        cipher = None if key is None else derived.cipher(key)
        if key is None or key.suite is None or cipher is None:
            raise NoSealingKey
        expires_at = min(times.expires_at, clock.later(times.sealed_at, key.lifetime))
        nonce = draw(NONCE)
        header = bytes([key.suite.version]) + derived.raw_ids[key.id] + nonce
        inside = plaintext.write(times._replace(expires_at=expires_at), payload, self.padding)
        raw = header + cipher.seal(nonce, header + self._aad_tail, inside)
        derived.uses[key.id].sealed += 1
        return Token(raw, key.suite), expires_at

    def open(self, token: Token | str | bytes) -> Opened:
        """Opens a token or its text. Raises `OpenError`, the first of its reasons that applies."""
        try:
            now = clock.now()
        except ClockError:
            raise self._refuse(OpenError("clock")) from None
        return self.open_at(token, now)

    def open_at(self, token: Token | str | bytes, now: Timestamp) -> Opened:
        """Opens a token as `open` would at a time."""
        opened = self.open_uncounted(token, now)
        opened.count()
        return opened

    def open_uncounted(self, token: Token | str | bytes, now: Timestamp) -> Opened:
        """Opens a token and counts it only when it is refused.

        The caller judges what is inside and counts that.
        """
        derived = self._for_ring()
        try:
            if not isinstance(token, Token):
                token = Token.parse(token)
            key = derived.ring.key(token.key_id)
            if key is None:
                self.ring.note_unknown(token.key_id)
            if key is None or key.suite is not token.suite:
                raise OpenError("unknown_key", token.key_id)
        except OpenError as refusal:
            raise self._refuse(refusal) from None
        try:
            times, payload = self._open_under(derived, key, token, now)
        except OpenError as refusal:
            derived.uses[key.id].refused[refusal.kind] += 1
            raise
        return Opened(
            payload, times, now, key, derived.ring, self.context.app, derived.uses[key.id]
        )

    def _open_under(
        self, derived: _Derived, key: RingKey, token: Token, now: Timestamp
    ) -> tuple[Times, bytes]:
        """Decrypts and judges a token under its key: SPEC.md, section 1, from stage 5."""
        _judge_key(key, now)
        cipher = derived.cipher(key)
        if cipher is None:
            raise OpenError("unknown_key", key.id)
        inside = cipher.open(token.nonce, token.header + self._aad_tail, token.sealed)
        if inside is None:
            raise OpenError("forged")
        times, payload = plaintext.read(inside)
        _judge_times(times, derived.ring, key, now)
        return times, payload

    def judge_again(self, opened: Opened, now: Timestamp) -> Opened:
        """Judges once more what this sealer has opened, by the ring in use. Raises `OpenError`.

        Returns it as that ring sees it. Nothing is decrypted or counted.
        """
        derived = self._for_ring()
        key = derived.ring.key(opened.key_id)
        if key is None:
            raise OpenError("unknown_key", opened.key_id)
        _judge_key(key, now)
        _judge_times(opened.times, derived.ring, key, now)
        return Opened(
            opened.payload,
            opened.times,
            opened.opened_at,
            key,
            derived.ring,
            self.context.app,
            derived.uses[key.id],
        )

    def uses(self) -> Uses:
        """Returns what has been done with each key, by this sealer."""
        # A ring that nobody has used yet is met here, so that its keys are listed.
        self._for_ring()
        return self._counters.uses

    def longest_ttl_at(self, now: Timestamp) -> int | None:
        """Returns how many seconds a token sealed at `now` can live, `None` without a key."""
        key = self.ring.current().sealing_key(now)
        return key.lifetime if key is not None and key.is_usable else None

    def count_refused(self, kind: RefusalKind) -> None:
        """Counts a refusal that is of no key of the ring."""
        self._counters.uses.refused[kind] += 1

    def _refuse(self, refusal: OpenError) -> OpenError:
        self.count_refused(refusal.kind)
        return refusal

    def _for_ring(self) -> _Derived:
        """Returns the ciphers for the ring in use, derived anew when the ring has changed."""
        ring = self.ring.current()
        derived = self._derived
        if derived.ring is not ring:
            derived = self._derived = _Derived(ring, self.context, self._counters)
        return derived

    def __repr__(self) -> str:
        return f"Sealer({self.context}, {self.ring}, padding={self.padding})"


def _judge_key(key: RingKey, now: Timestamp) -> None:
    """Stage 5: whether the key may open at all."""
    if key.is_revoked:
        raise OpenError("revoked_key", key.id)
    if key.is_spent(now):
        raise OpenError("spent_key", key.id)


def _judge_times(times: Times, ring: KeyRing, key: RingKey, now: Timestamp) -> None:
    """The stages 8 to 11: whether the times are believed."""
    times.check(key, ring.head.timing.skew, now)
    floor = ring.revocations.floor
    if floor is not None and times.born < floor:
        raise OpenError("revoked_all")


class _Derived:
    """A ring with one context's ciphers, each derived when it is first needed."""

    __slots__ = ("_ciphers", "_context", "raw_ids", "ring", "uses")

    def __init__(self, ring: KeyRing, context: Context, counters: SealerCounters) -> None:
        self.ring = ring
        self._context = context
        self._ciphers: dict[str, PurposeCipher] = {}
        self.raw_ids = {key.id: base64url.decode(key.id.encode()) or b"" for key in ring.keys}
        self.uses: dict[str, KeyUses] = counters.of_ring(ring)

    def cipher(self, key: RingKey) -> PurposeCipher | None:
        """Returns the cipher of a key, `None` when this build cannot use the key."""
        cipher = self._ciphers.get(key.id)
        if cipher is None and key.key is not None:
            cipher = key.key.purpose_cipher(self._context.app, self._context.purpose)
            self._ciphers[key.id] = cipher
        return cipher
