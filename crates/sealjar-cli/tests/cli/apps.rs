//! Is a typo in an application's name noticed before it revokes nobody?

use std::fs;

use crate::Sandbox;

const ADA: [&str; 4] = ["revoke", "--subject", "ada", "--app"];

fn ada_in<'a>(app: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&ADA[..], &[app], more].concat()
}

#[test]
fn an_application_that_is_not_known_is_asked_about_beside_those_that_are() {
    let it = Sandbox::empty();
    it.does(&["init", "--app", "shop-prod", "--app", "blog"]);
    let typo = it.refuses(
        &ada_in("shpo-prod", &[]),
        3,
        "no application \"shpo-prod\" is known here, but these are: blog, shop-prod",
    );
    assert!(typo.stderr.contains("--yes"), "{typo:?}");
    let json = it.run(&ada_in("shpo-prod", &["--json"]));
    assert_eq!(
        (json.code, &json.json()["kind"]),
        (3, &"unknown_app".into())
    );
    let tried = it.does(&ada_in("shpo-prod", &["--dry-run"]));
    assert!(
        tried.stdout.contains("it would ask for --yes: no app"),
        "{tried:?}"
    );

    // The control: what is known is done without a question, and `--yes` answers it.
    it.does(&ada_in("shop-prod", &[]));
    it.does(&ada_in("admin", &["--yes"]));
    it.does(&ada_in("admin", &[]));
    assert_eq!(
        it.ring().apps().collect::<Vec<_>>(),
        ["admin", "blog", "shop-prod"]
    );
}

#[test]
fn where_none_is_known_the_first_is_asked_about_and_what_is_written_down_counts() {
    let it = Sandbox::begun();
    it.refuses(&ada_in("shop", &[]), 3, "None is known here yet");
    fs::write(it.path("keeper.toml"), "apps = ['shop']").unwrap();
    let it = it.with("SEALJAR_CONFIG", "keeper.toml");
    it.does(&ada_in("shop", &[]));
    it.refuses(&ada_in("shpo", &[]), 3, "but these are: shop");
}

#[test]
fn an_application_stays_known_when_its_revocations_are_gone() {
    let it = Sandbox::begun();
    it.does(&ada_in("shop", &["--yes"]));
    it.does(&["revoke", "--all", "--yes"]);
    assert_eq!(it.ring().revocations().subject_entries(), 0);
    it.does(&ada_in("shop", &[]));
}
