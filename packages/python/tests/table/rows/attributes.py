"""What is on the lines that set a session, seal it again and remove it."""

from __future__ import annotations

from typing import Any

from rings import DAY

from table.play import (
    HOST_ONLY,
    Row,
    marked,
    reads,
    removed,
    row,
    sends,
    sets,
    visit,
)
from table.rows.handlers import (
    QUARTER,
    logout,
    read,
    with_jar,
    write,
)
from table.world import NAME


def attributes() -> list[Row]:
    insecure = {it: value for it, value in HOST_ONLY.items() if it != "secure"}
    domain, none = {"domain": "example.org"}, {"samesite": "None"}
    secure_name = {"cookie_name": "__Secure-s"}
    table: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
        ("the defaults", {}, NAME, HOST_ONLY),
        ("a name", {"cookie_name": "basket"}, "basket", HOST_ONLY),
        ("a path", secure_name | {"path": "/app"}, "__Secure-s", HOST_ONLY | {"path": "/app"}),
        ("a domain", secure_name | domain, "__Secure-s", HOST_ONLY | domain),
        ("Strict", {"same_site": "Strict"}, NAME, HOST_ONLY | {"samesite": "Strict"}),
        ("SameSite=None", {"same_site": "None"}, NAME, HOST_ONLY | none),
        ("plain http", {"allow_insecure_http": True}, "session", insecure),
        (
            "all that can be chosen",
            secure_name | domain | {"path": "/app", "same_site": "None"},
            "__Secure-s",
            HOST_ONLY | domain | none | {"path": "/app"},
        ),
    ]
    rows = []
    for what, settings, name, found in table:
        at: dict[str, Any] = {"path": found["path"]}
        rows.append(
            row(
                f"{what}: the same on setting, sealing again and removing",
                visit(write, sends(sets(name)), **at),
                visit(read, reads(origin="opened"), **at),
                visit(read, sends(sets(name)), after=DAY // 2, **at),
                visit(logout, sends(removed(name), marked(name)), **at),
                visit(read, reads(origin="absent"), **at),
                jar=with_jar(**settings),
                attributes=found,
            )
        )
    window = sends(sets(seconds=None))
    return [
        *rows,
        row(
            "a cookie that ends with the browser's window has no age",
            visit(write, window),
            visit(read, reads(origin="opened")),
            visit(read, window, after=QUARTER),
            visit(read, reads(origin="expired"), after=DAY),
            jar=with_jar(persistent=False),
        ),
    ]
