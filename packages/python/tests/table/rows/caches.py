"""What a cache may keep, whatever the application says itself."""

from __future__ import annotations

from rings import DAY

from table.play import (
    Row,
    purges,
    reads,
    row,
    untouched,
    visit,
    writes,
)
from table.rows.handlers import (
    ada,
    headed,
    leave_alone,
    login,
    logout,
    purge,
    read,
    renew,
    say,
    with_jar,
    write,
)

POLICIES: list[tuple[list[str], bool]] = [
    (["private"], True),
    (["no-store"], True),
    (["no-cache"], False),
    (["public, no-cache"], False),
    (["no-cache, private"], True),
    (["private, max-age=5"], True),
    (["max-age=60, Private"], True),
    (["public"], False),
    (["public, max-age=3600"], False),
    (["max-age=3600"], False),
    (["s-maxage=60"], False),
    (["must-revalidate"], False),
    (['private="set-cookie"'], False),
]
PREFERRED = [
    ("cdn-cache-control", "max-age=60", "no-store"),
    ("vercel-cdn-cache-control", "s-maxage=60", "no-store"),
    ("surrogate-control", "max-age=60", "no-store"),
    ("edge-control", "cache-maxage=60", "no-store"),
    ("x-accel-expires", "60", "0"),
    ("expires", "Thu, 01 Jan 2099 00:00:00 GMT", "0"),
]
VARIES = [("Accept", False), ("Cookie2", False), ("Accept, COOKIE", True), ("*", True)]


def caches() -> list[Row]:
    rows = []
    for policy, keeps_out in POLICIES:
        kept = {"cache_control": policy}
        written = kept if keeps_out else {}
        resealed = writes(**kept) if keeps_out else reads(**kept)
        for what, work, wait, expect in (
            ("a read", say, 0, reads(**kept)),
            ("a re-seal", say, DAY // 2, resealed),
            ("a write", write, 0, writes(**written)),
            ("a renewal", renew, 0, writes(**written)),
            ("a logout", purge, 0, purges(**written)),
        ):
            said = headed(work, *(("cache-control", it) for it in policy))
            name = f"{what} under Cache-Control {policy}"
            rows.append(row(name, visit(said, expect, after=wait), holding=ada))
    for field, value, closed in PREFERRED:
        left, shut = {"other_policies": [(field, value)]}, {"other_policies": [(field, closed)]}
        resealed = writes(**shut) if field == "expires" else reads(**left)
        for what, work, wait, expect in (
            ("a read", say, 0, reads(**left)),
            ("a re-seal", say, DAY // 2, resealed),
            ("a write", write, 0, writes(**shut)),
            ("a logout", purge, 0, purges(**shut)),
        ):
            said = headed(work, (field, value))
            name = f"{what} under {field}"
            rows.append(row(name, visit(said, expect, after=wait), holding=ada))
    for vary, says_cookie in VARIES:
        fields = {"vary": [vary] if says_cookie else [vary, "Cookie"]}
        for what, work, expect in (
            ("a read", say, reads(**fields)),
            ("a write", write, writes(**fields)),
            ("a logout", purge, purges(**fields)),
        ):
            said = headed(work, ("vary", vary))
            rows.append(row(f"{what} under Vary {vary}", visit(said, expect), holding=ada))
    urgent = headed(say, ("cache-control", "no-cache"))
    public = headed(leave_alone, ("vary", "Accept"), ("cache-control", "public"))
    private = headed(say, ("cache-control", "private, max-age=60"))
    stores_nothing = with_jar(no_store_when_logged_in=True)
    return [
        *rows,
        row(
            "under no-cache a session is sealed again once half of its idle time is gone",
            visit(urgent, reads(cache_control=["no-cache"]), after=DAY // 2),
            visit(urgent, writes(), after=1),
            holding=ada,
        ),
        row(
            "a jar that lets nobody store a logged-in person's pages",
            visit(write, writes()),
            visit(read, reads(body="nobody, 1 visits")),
            visit(login("ada"), writes()),
            visit(read, reads(cache_control=["no-store"])),
            visit(read, writes(), after=DAY // 2),
            visit(logout, purges()),
            visit(read, reads(body="nobody, 0 visits")),
            jar=stores_nothing,
        ),
        row(
            "a policy of the application's own stays, whatever the jar lets be stored",
            visit(private, reads(cache_control=["private, max-age=60"])),
            jar=stores_nothing,
            holding=ada,
        ),
        row(
            "a page that nobody's session went into stays public",
            visit(public, untouched(cache_control=["public"], vary=["Accept"])),
            holding=ada,
        ),
    ]
