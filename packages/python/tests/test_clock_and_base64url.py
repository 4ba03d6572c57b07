"""Are times and bytes written and read in one spelling?"""

from __future__ import annotations

import pytest

from sealjar import ClockError, base64url, clock


def test_the_first_and_the_last_second_are_held_and_their_neighbours_are_not() -> None:
    assert clock.from_unix(clock.T0) == clock.MIN
    assert clock.from_unix(clock.T0 + clock.MAX) == clock.MAX
    for seconds in (0, -1, clock.T0 - 1, clock.T0 + clock.MAX + 1):
        with pytest.raises(ClockError):
            clock.from_unix(seconds)


def test_times_are_written_and_read_in_one_spelling() -> None:
    for time, written in (
        (clock.MIN, "2025-01-01T00:00:00Z"),
        (clock.MAX, "2161-02-07T06:28:15Z"),
        (59_875_200, "2026-11-25T00:00:00Z"),
    ):
        assert clock.shown(time) == written
        assert clock.read(written) == time
    for written in (
        "",
        "2026-11-22",
        "2026-11-22T05:00:00",
        "2026-11-22t05:00:00Z",
        "2026-11-22T05:00:00z",
        "2026-11-22 05:00:00Z",
        "2026-11-22T05:00:00.0Z",
        "2026-11-22T05:00:00+00:00",
        "2026-11-22T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2024-12-31T23:59:59Z",
        "2161-02-07T06:28:16Z",
        " 2026-11-22T05:00:00Z",
        "2026-11-22T05:00:00Z\n",
        "+2026-11-22T05:00:00Z",
        "\u0662026-11-22T05:00:00Z",
    ):
        with pytest.raises(ClockError):
            clock.read(written)


def test_one_value_has_one_text() -> None:
    for length in range(40):
        data = bytes(range(200, 200 + length))
        written = base64url.encode(data)
        assert len(written) == base64url.encoded_len(length)
        assert base64url.decode(written.encode()) == data
        assert base64url.decode_exactly(written, length) == data
        assert base64url.decode_exactly(written, length + 1) is None
    # The unused bits of the last character are zero, and nothing is passed over.
    for written in ("AB", "AAB", "A", "AA=", "AA==", "A A", "AA\n", "A+", "A/", "AAAAA"):
        assert base64url.decode(written.encode()) is None
    assert base64url.decode_exactly("\u0410" * 22, 16) is None
