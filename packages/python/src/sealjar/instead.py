"""What is in the place of a ring, where it is no JSON? Repeats nothing of it."""

from __future__ import annotations

import re


def instead(text: bytes) -> str | None:
    """Names what a text is that tools make of a ring document, if it looks like it."""
    trimmed = text.strip(b" \t\n\r\f\v")
    if text.startswith(b"\xef\xbb\xbf"):
        return "it begins with a byte order mark: save it as UTF-8 without one"
    if text.startswith((b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{")):
        return "it is UTF-16: save it as UTF-8 without a byte order mark"
    if text and not text.strip(b"\0"):
        return "it is nothing but zero bytes: its disk has lost what was written"
    if trimmed.startswith(b"sealjar-key-"):
        return "it is the secret of one key, and no ring"
    if _BASE64_OF_AN_OBJECT.fullmatch(trimmed):
        return "it is base64: decode it before it is put there"
    return None


# In base64, of either alphabet, an opening brace is `e` and one of `w`, `x`, `y`, `z`.
_BASE64_OF_AN_OBJECT = re.compile(rb"e[w-z][A-Za-z0-9+/_=\s-]*")
