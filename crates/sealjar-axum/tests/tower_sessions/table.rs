//! One table of what handlers do and see: over jars, and over a store as the control.

use axum::Router;

use crate::support::Browser;
use crate::{Options, cookie, stored, worlds};

/// The steps of a request, the handler's report, and what happens to the cookie.
type Exchange = (&'static str, &'static str, &'static str);

/// A visitor's requests, one after the other.
type Row = &'static [Exchange];

/// The same wherever the session is kept.
const ROWS: &[Row] = &[
    &[(
        "get:n,empty,modified,id",
        "None, true, false, no id",
        "kept",
    )],
    &[
        ("insert:n:1,get:n,modified", "(), Some(1), true", "set"),
        (
            "get:n,get:m,empty,modified",
            "Some(1), None, false, false",
            "kept",
        ),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("insert:n:1,modified", "(), false", "kept"),
        ("insert:n:2", "()", "set"),
        ("get:n", "Some(2)", "kept"),
    ],
    &[
        ("insert:n:1,insert:m:2", "(), ()", "set"),
        ("remove:n", "Some(1)", "set"),
        ("get:n,get:m", "None, Some(2)", "kept"),
    ],
    // Without values it is still a session.
    &[
        ("insert:n:1", "()", "set"),
        ("remove:n,empty,id", "Some(1), false, id A", "set"),
        ("get:n,empty,id", "None, false, id A", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("clear,get:n", "(), None", "set"),
        ("get:n,empty", "None, false", "kept"),
    ],
    &[
        ("insert:n:1,remove:n", "(), Some(1)", "kept"),
        ("remove:n,clear", "None, ()", "kept"),
    ],
    &[
        ("insert:n:one", "()", "set"),
        (
            "number:n,get:n",
            "invalid type: string \"one\", expected u32, Some(one)",
            "kept",
        ),
    ],
    // flush
    &[
        ("insert:n:1", "()", "set"),
        ("flush,empty,id", "(), true, no id", "removed"),
        ("get:n,id", "None, no id", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("get:n,flush,get:n", "Some(1), (), None", "removed"),
        ("get:n", "None", "kept"),
    ],
    &[("flush,get:n", "(), None", "kept")],
    &[
        ("insert:n:1,insert:m:1", "(), ()", "set"),
        ("flush,insert:n:2", "(), ()", "set"),
        ("get:n,get:m", "Some(2), None", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("flush,cycle,insert:m:2", "(), (), ()", "set"),
        ("get:n,get:m", "None, Some(2)", "kept"),
    ],
    // cycle_id
    &[
        ("insert:n:1,id", "(), no id", "set"),
        ("id,get:n", "id A, Some(1)", "kept"),
        ("cycle,id,get:n,modified", "(), no id, Some(1), true", "set"),
        ("get:n,id", "Some(1), id B", "kept"),
    ],
    &[
        ("cycle,insert:n:1", "(), ()", "set"),
        ("get:n", "Some(1)", "kept"),
    ],
    &[("cycle", "()", "kept")],
    &[
        ("insert:n:1", "()", "set"),
        ("cycle,cycle", "(), ()", "set"),
        ("get:n", "Some(1)", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("cycle,save,get:n", "(), (), Some(1)", "set"),
        ("get:n", "Some(1)", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("cycle,flush", "(), ()", "removed"),
        ("get:n", "None", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("remove:n,cycle", "Some(1), ()", "removed"),
        ("get:n", "None", "kept"),
    ],
    // save, load and delete
    &[
        ("insert:n:1,save,id", "(), (), id A", "set"),
        ("get:n,id", "Some(1), id A", "kept"),
    ],
    &[("load,get:n", "(), None", "kept"), ("delete", "()", "kept")],
    &[
        ("insert:n:1", "()", "set"),
        ("load,get:n", "(), Some(1)", "kept"),
        (
            "insert:n:2,load,get:n,insert:m:3",
            "(), (), Some(1), ()",
            "set",
        ),
        ("get:n,get:m", "Some(1), Some(3)", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("delete,get:n", "(), None", "removed"),
        ("get:n", "None", "kept"),
    ],
    // What the request has changed is saved again.
    &[
        ("insert:n:1", "()", "set"),
        ("insert:m:2,delete", "(), ()", "set"),
        ("get:n,get:m", "Some(1), Some(2)", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("delete,cycle,insert:m:2", "(), (), ()", "set"),
        ("get:n,get:m", "None, Some(2)", "kept"),
    ],
    // set_expiry
    &[
        (
            "expire:end,expiry,modified,empty",
            "(), true, true, true",
            "kept",
        ),
        ("insert:n:1,expire:end", "(), ()", "set"),
        ("get:n,expiry", "Some(1), false", "kept"),
        ("expire:idle=3600", "()", "set"),
        ("get:n", "Some(1)", "kept"),
        ("expire:at=0", "()", "removed"),
        ("get:n", "None", "kept"),
    ],
    // A session that never reached the browser.
    &[("insert:n:1,save,flush", "(), (), ()", "kept")],
    &[
        ("insert:n:1,expire:idle=0", "(), ()", "removed"),
        ("get:n", "None", "kept"),
    ],
    // Server errors
    &[
        ("insert:n:1,fail", "(), fails", "kept"),
        ("get:n", "None", "kept"),
    ],
    &[
        ("insert:n:1", "()", "set"),
        ("insert:n:2,fail", "(), fails", "kept"),
        ("get:n", "Some(1)", "kept"),
        ("flush,fail", "(), fails", "removed"),
        ("get:n", "None", "kept"),
    ],
];

/// The differences: over a jar, and over a store.
const DIFFERENCES: &[(&str, Row, Row)] = &[
    (
        "a handler's own save sends the cookie, which is where the session is",
        &[
            ("insert:n:1", "()", "set"),
            ("save", "()", "set"),
            ("get:n", "Some(1)", "kept"),
        ],
        &[
            ("insert:n:1", "()", "set"),
            ("save", "()", "kept"),
            ("get:n", "Some(1)", "kept"),
        ],
    ),
    (
        "so it does with a server error",
        &[
            ("insert:n:1,save,fail", "(), (), fails", "set"),
            ("get:n", "Some(1)", "kept"),
        ],
        &[
            ("insert:n:1,save,fail", "(), (), fails", "kept"),
            ("get:n", "None", "kept"),
        ],
    ),
    (
        "a session whose login did not come to its end stays what it was",
        &[
            ("insert:n:1", "()", "set"),
            ("cycle,fail", "(), fails", "kept"),
            ("insert:n:2,cycle,fail", "(), (), fails", "kept"),
            ("get:n", "Some(1)", "kept"),
            ("cycle,flush,fail", "(), (), fails", "removed"),
        ],
        &[
            ("insert:n:1", "()", "set"),
            ("cycle,fail", "(), fails", "kept"),
            ("insert:n:2,cycle,fail", "(), (), fails", "kept"),
            ("get:n", "None", "removed"),
            ("cycle,flush,fail", "(), (), fails", "kept"),
        ],
    ),
    (
        "a session that comes to what it was is not sent again",
        &[
            ("insert:n:1", "()", "set"),
            ("remove:m", "None", "kept"),
            ("expire:none", "()", "kept"),
            ("insert:n:2,load", "(), ()", "kept"),
        ],
        &[
            ("insert:n:1", "()", "set"),
            ("remove:m", "None", "set"),
            ("expire:none", "()", "set"),
            ("insert:n:2,load", "(), ()", "set"),
        ],
    ),
    (
        "a deleted session takes its cookie with it, and one that is saved again is another",
        &[
            ("insert:n:1", "()", "set"),
            ("get:n,delete", "Some(1), ()", "removed"),
            ("insert:n:1", "()", "set"),
            ("save,delete,load", "(), (), ()", "removed"),
            ("insert:n:1", "()", "set"),
            ("get:n,delete,save", "Some(1), (), ()", "set"),
            ("get:n", "Some(1)", "kept"),
        ],
        &[
            ("insert:n:1", "()", "set"),
            ("get:n,delete", "Some(1), ()", "kept"),
            ("insert:n:1", "()", "set"),
            ("save,delete,load", "(), (), ()", "kept"),
            ("insert:n:1", "()", "set"),
            ("get:n,delete,save", "Some(1), (), ()", "kept"),
            ("get:n", "Some(1)", "kept"),
        ],
    ),
    (
        "what begins after a flush has an id of its own",
        &[
            ("insert:n:1", "()", "set"),
            ("id", "id A", "kept"),
            (
                "get:n,flush,insert:n:2,save,id",
                "Some(1), (), (), (), id B",
                "set",
            ),
        ],
        &[
            ("insert:n:1", "()", "set"),
            ("id", "id A", "kept"),
            (
                "get:n,flush,insert:n:2,save,id",
                "Some(1), (), (), (), id A",
                "set",
            ),
        ],
    ),
];

#[tokio::test]
async fn a_handler_sees_over_a_jar_what_it_sees_over_a_store() {
    for row in ROWS {
        for world in worlds(&Options::default()) {
            check(world.version, &world.app, row).await;
        }
        check("a store", &stored(&Options::default()), row).await;
    }
}

#[tokio::test]
async fn where_a_jar_differs_from_a_store_it_is_on_purpose() {
    for (why, sealed, in_a_store) in DIFFERENCES {
        for world in worlds(&Options::default()) {
            check(&format!("{why}: {}", world.version), &world.app, sealed).await;
        }
        check(
            &format!("{why}: a store"),
            &stored(&Options::default()),
            in_a_store,
        )
        .await;
    }
}

#[tokio::test]
async fn always_to_save_is_to_extend_over_a_jar_and_to_save_over_a_store() {
    let options = Options {
        always_save: true,
        ..Options::default()
    };
    let begin = ("insert:n:1", "()", "set");
    for world in worlds(&options) {
        let row = &[begin, ("get:n", "Some(1)", "kept")];
        check(world.version, &world.app, row).await;
    }
    let row = &[begin, ("get:n", "Some(1)", "set")];
    check("a store", &stored(&options), row).await;
}

async fn check(about: &str, app: &Router, row: &[Exchange]) {
    let (mut browser, mut ids) = (Browser::default(), Vec::new());
    for (steps, told, wanted) in row {
        let answer = browser.go(app, &format!("/?{steps}")).await;
        let seen = with_short_ids(&answer.body, &mut ids);
        assert_eq!(
            (&*seen, cookie(&answer)),
            (*told, *wanted),
            "{about}: {steps} of {row:?}"
        );
    }
}

/// Replaces random ids by letters, in the order in which they come.
fn with_short_ids(told: &str, ids: &mut Vec<String>) -> String {
    let words = told.split(", ").map(|word| {
        let Some(id) = word.strip_prefix("id ") else {
            return word.to_owned();
        };
        let at = ids.iter().position(|it| it == id).unwrap_or_else(|| {
            ids.push(id.to_owned());
            ids.len() - 1
        });
        format!("id {}", ["A", "B", "C"][at])
    });
    words.collect::<Vec<_>>().join(", ")
}
