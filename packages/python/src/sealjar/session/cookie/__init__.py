"""Which cookies came, and which are sent? Bytes of headers in, header values out."""

MAX_LINE = 4096
"""The greatest length of one `Set-Cookie` line in bytes. Browsers drop longer ones in silence."""
MAX_TOTAL = 12_288
"""The greatest sum of all `name=value` of one session, in bytes, whatever a jar is set to."""
MAX_CANDIDATES = 4
"""How many distinct values of one cookie are opened at most."""
