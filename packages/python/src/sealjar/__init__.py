"""Keeps a web session sealed in the browser's cookie, under a key ring that every replica holds.

The core: keys and rings, tokens, what is revoked. `sealjar.session` makes sessions of it,
`sealjar.source` follows the ring's file, and `sealjar.django`, `sealjar.starlette` and
`sealjar.flask` are what an application uses. The formats are those of SPEC.md in sealjar's
repository, so that replicas in Rust, TypeScript and Python open each other's cookies.
"""

from sealjar.aead import Suite
from sealjar.context import Context
from sealjar.counters import KeyUses, Uses
from sealjar.errors import (
    REFUSAL_KINDS,
    ClockError,
    ContextError,
    NoClock,
    NoSealingKey,
    OpenError,
    RefusalKind,
    RingError,
    SealError,
    SealjarError,
    TooLarge,
)
from sealjar.key import Key
from sealjar.live import LiveRing
from sealjar.opened import Opened
from sealjar.ring import KeyRing
from sealjar.ring_key import RingKey
from sealjar.sealer import Sealer
from sealjar.token import Token

__all__ = [
    "REFUSAL_KINDS",
    "ClockError",
    "Context",
    "ContextError",
    "Key",
    "KeyRing",
    "KeyUses",
    "LiveRing",
    "NoClock",
    "NoSealingKey",
    "OpenError",
    "Opened",
    "RefusalKind",
    "RingError",
    "RingKey",
    "SealError",
    "Sealer",
    "SealjarError",
    "Suite",
    "Token",
    "TooLarge",
    "Uses",
]
