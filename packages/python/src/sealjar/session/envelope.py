"""What is before the application's bytes in a session?

`varint(schema) ‖ id ‖ varint(revision) ‖ varint(n) ‖ layout`, which has n bytes. Here n is 0: JSON
has names, and needs no digest of them.
"""

from __future__ import annotations

from typing import NamedTuple


class Envelope(NamedTuple):
    """The part of a session payload that is ours."""

    schema: int
    id: bytes
    revision: int

    def encode(self, body: bytes) -> bytes:
        """Writes the payload: the envelope and the body."""
        return _varint(self.schema) + self.id + _varint(self.revision) + b"\0" + body


def decode(payload: bytes) -> tuple[Envelope, bytes] | None:
    """Splits a payload into the envelope and the body. `None`: it is none of a JSON session."""
    try:
        schema, at = _take_varint(payload, 0, 16)
        session_id = payload[at : at + 8]
        revision, at = _take_varint(payload, at + 8, 32)
        fields, at = _take_varint(payload, at, 64)
    except (IndexError, ValueError):
        return None
    return None if fields else (Envelope(schema, session_id, revision), payload[at:])


def _varint(number: int) -> bytes:
    """Writes postcard's unsigned LEB128 in its shortest form."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _take_varint(data: bytes, at: int, bits: int) -> tuple[int, int]:
    """Reads what postcard reads: not the shortest form alone, and no more than the bits hold."""
    number = 0
    for shift in range(0, bits, 7):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if number >> bits:
                raise ValueError
            return number, at
    raise ValueError
