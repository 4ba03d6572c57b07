//! What happens if layers are missing, mounted twice, in conflict, or side by side?

use std::any::type_name;

use crate::adapter::Mount;
use crate::exchange::{Outcome, Reply};
use crate::expect::{Expect, marked, reads, removed, sends, set, untouched, writes};
use crate::handlers::{both, login, logout, read, read_both, write};
use crate::people::{Account, Basket, Grown};
use crate::row::{Row, row, visit};
use crate::world::{DAY, NAME, World};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("without a layer the answer is 500 and names layer and type")
            .on(|_| Vec::new())
            .then(visit(read()).gives(missing(NO_LAYER))),
        row("a layer of another type is no layer")
            .on(|world| vec![Mount::Grown(world.jar::<Grown>().build().unwrap())])
            .holding(|world| world.cookie_of("ada"))
            .then(visit(read()).gives(missing(NO_LAYER))),
        row("the same jar mounted twice serves one session")
            .on(|world| {
                let jar = world.jar::<Account>().build().unwrap();
                vec![
                    Mount::Account(jar.clone()),
                    Mount::Account(jar.clone()),
                    Mount::Account(jar),
                ]
            })
            .then(visit(write()).gives(writes().body("nobody, 1 visits").id('A')))
            .then(visit(write()).gives(writes().body("nobody, 2 visits").id('A'))),
        row("two jars for one type are refused by name, whatever their cookies are called")
            .on(|world| vec![account(world, NAME), account(world, "other")])
            .holding(|world| world.cookie_of("ada"))
            .then(visit(read()).gives(missing(TWO_JARS))),
        row("two jars for one type and one name are refused as well")
            .on(|world| vec![account(world, NAME), account(world, NAME)])
            .then(visit(read()).gives(missing(TWO_JARS))),
        row("a third jar does not make two of them one again")
            .on(|world| {
                vec![
                    account(world, NAME),
                    account(world, "other"),
                    account(world, NAME),
                ]
            })
            .then(visit(read()).gives(missing(TWO_JARS))),
    ];
    if cfg!(debug_assertions) {
        rows.push(
            // With one app, binding and ring, no jar can be built for the second type.
            row("two types with one cookie name are refused by name in a debug build")
                .on(|world| {
                    let baskets = world.jar().cookie_name(NAME).binding("another tenant");
                    vec![
                        account(world, NAME),
                        Mount::Basket(baskets.build().unwrap()),
                    ]
                })
                .then(visit(read_both()).gives(missing(ONE_NAME))),
        );
    }
    for (order, turned) in [("", false), (", in the other order", true)] {
        let site = move |world: &World| {
            let mut mounts = vec![account(world, NAME), basket(world, BASKET)];
            if turned {
                mounts.reverse();
            }
            mounts
        };
        // The inner layer's lines come first.
        let lines = move |account, basket| {
            if turned {
                [basket, account]
            } else {
                [account, basket]
            }
        };
        rows.extend([
            row(format!(
                "two jars at once write, read and end each their own{order}"
            ))
            .on(site)
            .then(visit(read_both()).gives(reads().body("0 visits, 0 items")))
            .then(
                visit(both(write_both))
                    .gives(sends(lines(set(NAME, DAY), set(BASKET, DAY))).body("")),
            )
            .then(visit(read_both()).gives(reads().body("1 visits, 1 items").uses(2, 0)))
            .then(visit(write()).gives(writes().uses(1, 0)))
            .then(visit(read_both()).gives(reads().body("2 visits, 1 items")))
            .then(visit(logout()).gives(sends([removed(NAME), marked()])))
            .then(visit(read_both()).gives(reads().body("0 visits, 1 items").origin("absent")))
            .then(visit(login("ada")).gives(writes()))
            .then(visit(read_both()).gives(reads().body("0 visits, 1 items"))),
            row(format!(
                "a read of one and a write of the other leave the page to no shared cache{order}"
            ))
            .on(site)
            .then(visit(both(read_one_write_other)).gives(
                // The inner layer comes first, and `private` is enough for the outer one.
                sends([set(BASKET, DAY)]).cache_control(if turned {
                    &["no-store"]
                } else {
                    &["private"]
                }),
            )),
        ]);
    }
    rows
}

fn write_both(
    session: &sealjar_session::Session<Account>,
    basket: &sealjar_session::Session<Basket>,
) -> Outcome {
    session.update(|it| it.visits += 1)?;
    basket.update(|it| it.items += 1)?;
    Ok(Reply::text(""))
}

fn read_one_write_other(
    session: &sealjar_session::Session<Account>,
    basket: &sealjar_session::Session<Basket>,
) -> Outcome {
    _ = session.get();
    basket.update(|it| it.items += 1)?;
    Ok(Reply::text(""))
}

/// A mistake in the program, in the adapter's words. No handler runs and no session is used.
fn missing(text: &str) -> Expect {
    untouched()
        .status(500)
        .body(text.replace("{type}", type_name::<Account>()))
        .uses(0, 0)
}

fn account(world: &World, name: &str) -> Mount {
    Mount::Account(world.jar().cookie_name(name).build().unwrap())
}

fn basket(world: &World, name: &str) -> Mount {
    Mount::Basket(world.jar().cookie_name(name).build().unwrap())
}

const BASKET: &str = "__Host-basket";
const NO_LAYER: &str =
    "no {layer}<{type}> is around this handler: add `{added by}` with a Jar<{type}>";
const ONE_NAME: &str = "the cookie of {layer}<{type}> has the name of another layer's around this \
                        handler: give its Jar a cookie_name of its own";
const TWO_JARS: &str = "two {layer}<{type}> with different jars are around this handler: mount \
                        one of them, or give each jar a session type of its own";
