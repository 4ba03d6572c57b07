//! What may a cache keep, whatever the application allows?

use crate::adapter::Mount;
use crate::exchange::{Reply, with};
use crate::expect::{Expect, purges, reads, untouched, writes};
use crate::handlers::{Ask, add_a_visit, login, logout, purge, read, renew, say, write};
use crate::row::{Row, row, visit};
use crate::world::{DAY, World};

/// The application's own policies, and whether each keeps shared caches out.
const POLICIES: [(&[&str], bool); 14] = [
    (&["private"], true),
    (&["no-store"], true),
    (&["no-cache"], false),
    (&["public, no-cache"], false),
    (&["no-cache, private"], true),
    (&["private, max-age=5"], true),
    (&["max-age=60, Private"], true),
    (&["max-age=60", "no-store"], true),
    (&["public"], false),
    (&["public, max-age=3600"], false),
    (&["max-age=3600"], false),
    (&["s-maxage=60"], false),
    (&["must-revalidate"], false),
    (&["private=\"set-cookie\""], false),
];

/// Fields that some cache prefers to `Cache-Control`, and their new value beside a session cookie.
/// The last one is for caches that know no other, and is no reason to wait.
const PREFERRED: [(&str, &[&str], &str); 6] = [
    ("cdn-cache-control", &["max-age=60"], "no-store"),
    ("vercel-cdn-cache-control", &["s-maxage=60"], "no-store"),
    ("surrogate-control", &["max-age=60"], "no-store"),
    ("edge-control", &["cache-maxage=60"], "no-store"),
    ("x-accel-expires", &["60"], "0"),
    ("expires", &["Thu, 01 Jan 2099 00:00:00 GMT"], "0"),
];

/// The application's own `Vary`, and whether it already says that the page depends on cookies.
const VARIES: [(&[&str], bool); 6] = [
    (&["Accept"], false),
    (&["Cookie2"], false),
    (&["Accept", "Accept-Language"], false),
    (&["Accept, COOKIE"], true),
    (&["Accept", "cookie"], true),
    (&["*"], true),
];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (policy, keeps_others_out) in POLICIES {
        let kept = |expect: Expect| expect.cache_control(policy);
        let written = |expect: Expect| {
            if keeps_others_out {
                kept(expect)
            } else {
                expect
            }
        };
        let resealed = if keeps_others_out {
            kept(writes())
        } else {
            kept(reads())
        };
        for (what, ask, wait, expect) in [
            ("a read", say as Ask, 0, kept(reads())),
            ("a re-seal", say, DAY / 2, resealed),
            ("a write", add_a_visit, 0, written(writes())),
            ("a renewal", renew, 0, written(writes())),
            ("a logout", purge, 0, written(purges())),
        ] {
            let name = format!("{what} under Cache-Control {}", policy.join(" and "));
            rows.push(answering(&name, "cache-control", policy, ask, wait, expect));
        }
    }
    for (field, values, closed) in PREFERRED {
        let value = values[0];
        let resealed = if field == "expires" {
            writes().other_policy(field, closed)
        } else {
            reads().other_policy(field, value)
        };
        for (what, ask, wait, expect) in [
            ("a read", say as Ask, 0, reads().other_policy(field, value)),
            ("a re-seal", say, DAY / 2, resealed),
            (
                "a write",
                add_a_visit,
                0,
                writes().other_policy(field, closed),
            ),
            ("a logout", purge, 0, purges().other_policy(field, closed)),
        ] {
            let name = format!("{what} under {field} {value}");
            rows.push(answering(&name, field, values, ask, wait, expect));
        }
    }
    for (vary, says_cookie) in VARIES {
        let mut fields = vary.to_vec();
        if !says_cookie {
            fields.push("Cookie");
        }
        for (what, ask, expect) in [
            ("a read", say as Ask, reads()),
            ("a write", add_a_visit, writes()),
            ("a logout", purge, purges()),
        ] {
            let name = format!("{what} under Vary {}", vary.join(" and "));
            rows.push(answering(&name, "vary", vary, ask, 0, expect.vary(&fields)));
        }
    }
    rows.push(
        row("a jar that lets nobody store a logged-in person's pages")
            .on(stores_nothing)
            .then(visit(write()).gives(writes()))
            .then(visit(read()).gives(reads().body("nobody, 1 visits")))
            .then(visit(login("ada")).gives(writes()))
            .then(visit(read()).gives(reads().cache_control(&["no-store"])))
            .then(visit(read()).after(DAY / 2).gives(writes()))
            .then(visit(logout()).gives(purges()))
            .then(visit(read()).gives(reads().body("nobody, 0 visits"))),
    );
    rows.push(
        row("a policy of the application's own stays, whatever the jar lets be stored")
            .on(stores_nothing)
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    Ok(say(session)?.header("cache-control", "private, max-age=60"))
                }))
                .gives(reads().cache_control(&["private, max-age=60"])),
            ),
    );
    rows.push(
        row("a page that nobody's session went into stays public")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|_| {
                    let page = Reply::text("").header("vary", "Accept");
                    Ok(page.header("cache-control", "public"))
                }))
                .gives(untouched().cache_control(&["public"]).vary(&["Accept"])),
            ),
    );
    rows
}

fn stores_nothing(world: &World) -> Vec<Mount> {
    let jar = world.jar().no_store_when_logged_in(true);
    vec![Mount::Account(jar.build().unwrap())]
}

/// Ada's request to an application that sets this header itself.
fn answering(
    name: &str,
    header: &'static str,
    values: &'static [&'static str],
    ask: Ask,
    wait: u32,
    expect: Expect,
) -> Row {
    let work = with(move |session| {
        let reply = ask(session)?;
        Ok(values
            .iter()
            .fold(reply, |reply, value| reply.header(header, value)))
    });
    row(name)
        .holding(|world| world.cookie_of("ada"))
        .then(visit(work).after(wait).gives(expect))
}
