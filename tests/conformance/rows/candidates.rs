//! Which of several cookies of one name is the session?

use sealjar_session::SameSite;

use crate::adapter::Mount;
use crate::answer::{Attributes, Line};
use crate::expect::{Expect, purges, reads, removed, sends, set, writes};
use crate::forge::Forgery;
use crate::handlers::{logout, read, write};
use crate::people::{Account, account};
use crate::row::{Row, Step, row, visit};
use crate::world::{DAY, MARK_LIVES, NAME, START, World};

pub(crate) fn rows() -> Vec<Row> {
    use Kind::{Expired, Garbage, Good, Newer, Other, Resealed};

    let mut rows = Vec::new();
    // The cookies in the header, in this order and reversed.
    let table: [(&str, &[Kind], Expect); 13] = [
        ("one good cookie", &[Good], opened(1, 0)),
        ("a good one and garbage", &[Good, Garbage(1)], opened(1, 1)),
        (
            "a good one and three of garbage",
            &[Garbage(1), Good, Garbage(2), Garbage(3)],
            opened(1, 3),
        ),
        ("equal twins", &[Good, Good], opened(1, 0)),
        (
            "equal twins, five times",
            &[Good, Good, Good, Good, Good],
            opened(1, 0),
        ),
        (
            "a good one and one that has expired",
            &[Good, Expired],
            opened(1, 1),
        ),
        (
            "two revisions",
            &[Good, Newer],
            opened(2, 0).body("ada, 2 visits").revision(7),
        ),
        ("two seals of one revision", &[Good, Resealed], opened(2, 0)),
        ("two users", &[Good, Other], ambiguous()),
        (
            "two users and garbage",
            &[Good, Garbage(1), Other],
            ambiguous(),
        ),
        (
            "five of a name",
            &[Garbage(1), Garbage(2), Garbage(3), Garbage(4), Garbage(5)],
            ambiguous().uses(0, 1),
        ),
        (
            "five of a name, one of them good",
            &[Garbage(1), Garbage(2), Good, Garbage(4), Garbage(5)],
            ambiguous().uses(0, 1),
        ),
        (
            "two of garbage",
            &[Garbage(1), Garbage(2)],
            refused("malformed").uses(0, 2),
        ),
    ];
    for (what, kinds, expect) in table {
        let turned = kinds.iter().rev().copied().collect();
        for (order, kinds) in [("", kinds.to_vec()), (", turned round", turned)] {
            rows.push(
                row(format!("{what}{order}"))
                    .then(bringing(kinds, visit(read())).gives(expect.clone())),
            );
        }
    }
    rows.extend([
        row("a twin of another path or domain is read beside the session, in either order")
            .on(plain_name)
            .having_taken(|_| {
                vec![
                    "session=garbage; Domain=example.org; Path=/; Secure".into(),
                    "session=planted; Path=/shop; Secure".into(),
                ]
            })
            .then(
                visit(write())
                    .path("/shop")
                    .gives(sends([set("session", DAY)]).origin("malformed")),
            )
            .then(
                visit(read())
                    .path("/shop")
                    .gives(reads().body("nobody, 1 visits").origin("opened").uses(1, 2)),
            )
            .then(
                visit(logout())
                    .path("/shop")
                    .gives(sends([removed("session"), set("session.out", MARK_LIVES)])),
            )
            .then(
                visit(read())
                    .path("/shop")
                    .gives(reads().origin("malformed").uses(0, 2)),
            ),
        row("a write of a partitioned jar takes the unpartitioned twin away")
            .on(partitioned)
            .with_attributes(in_its_partition())
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).gives(sends([unpartitioned(removed(NAME)), set(NAME, DAY)])))
            .then(visit(read()).gives(reads().body("ada, 2 visits").origin("opened").uses(1, 0))),
        row("an unpartitioned twin of a partitioned session is one candidate more")
            .on(partitioned)
            .with_attributes(in_its_partition())
            .then(visit(write()).gives(sends([unpartitioned(removed(NAME)), set(NAME, DAY)])))
            .then(
                visit(read())
                    .sends(|browser, _| {
                        vec![format!("{NAME}=garbage; {}", browser.header("/")).into()]
                    })
                    .gives(reads().origin("opened").uses(1, 1)),
            ),
        row("a write over two users begins a session of its own").then(
            bringing(vec![Good, Other], visit(write())).gives(writes().origin("ambiguous").id('A')),
        ),
        row("a logout with good and garbage marks the good one").then(
            bringing(vec![Garbage(1), Good], visit(logout())).gives(purges().origin("opened")),
        ),
        row("a logout of two users marks both, for either may be what is kept elsewhere")
            .then(bringing(vec![Good, Other], visit(logout())).gives(purges().origin("ambiguous"))),
    ]);
    rows
}

#[derive(Clone, Copy)]
enum Kind {
    Expired,
    Garbage(u8),
    Good,
    /// A later write of the good one.
    Newer,
    Other,
    /// The good one, sealed again.
    Resealed,
}

impl Kind {
    fn token(self, world: &World) -> String {
        let fine = Forgery::default();
        let forgery = match self {
            Self::Garbage(number) => return format!("garbage-{number}"),
            Self::Good => fine,
            Self::Expired => Forgery {
                sealed_at: START - DAY,
                expires_at: START,
                born: START - DAY,
                ..fine
            },
            Self::Newer => Forgery {
                revision: 7,
                ..fine
            },
            Self::Other => Forgery {
                id: *b"another!",
                ..fine
            },
            Self::Resealed => Forgery {
                sealed_at: START + 1,
                ..fine
            },
        };
        let mut value = account("ada");
        value.visits += u32::from(matches!(self, Self::Newer));
        forgery.of(&world.forgers.good, &value)
    }
}

fn bringing(kinds: Vec<Kind>, step: Step) -> Step {
    step.sends_header(move |world| {
        // Sealed once for each kind, so that twins are equal byte for byte.
        let good = Kind::Good.token(world);
        let token = |kind: &Kind| match kind {
            Kind::Good => good.clone(),
            other => other.token(world),
        };
        let pairs: Vec<String> = kinds
            .iter()
            .map(|it| format!("{NAME}={}", token(it)))
            .collect();
        pairs.join("; ")
    })
}

fn opened(opened: u64, refused: u64) -> Expect {
    reads()
        .body("ada, 1 visits")
        .origin("opened")
        .id('A')
        .uses(opened, refused)
}

fn refused(kind: &'static str) -> Expect {
    reads().body("nobody, 0 visits").origin(kind).no_id()
}

fn ambiguous() -> Expect {
    refused("ambiguous")
}

fn plain_name(world: &World) -> Vec<Mount> {
    let jar = world.jar::<Account>().cookie_name("session");
    vec![Mount::Account(jar.build().unwrap())]
}

fn partitioned(world: &World) -> Vec<Mount> {
    let jar = world.jar::<Account>().partitioned(true);
    let jar = jar.same_site(SameSite::None);
    vec![Mount::Account(jar.build().unwrap())]
}

fn in_its_partition() -> Attributes {
    Attributes {
        partitioned: true,
        same_site: Some("None".into()),
        ..Attributes::default()
    }
}

fn unpartitioned(line: Line) -> Line {
    line.with(&Attributes {
        partitioned: false,
        ..in_its_partition()
    })
}
