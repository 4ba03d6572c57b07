//! Mistake: an application changes its session library, one replica after the other, and logs
//! people out.
//!
//! For each former library: three replicas of the former build, which real visitors use all the
//! time, become three of the first new build, then of the second one, and back again.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the assertion")]

mod app;
mod former;
mod sealed;
mod site;

use sealjar_tests::visitor::{Losses, Noticed};

use site::{Build, Library, Site};

/// There and back, and what visitors noticed of it.
fn switch_over(library: Library, builds: &[Build]) -> Noticed {
    let mut site = Site::of(library, Build::Former);
    let mut noticed = site.noticed();
    for build in builds {
        for slot in 0..site::REPLICAS {
            site.replace(slot, *build);
            noticed += site.noticed();
        }
    }
    noticed += site.close();
    noticed
}

fn assert_nobody_notices(library: Library) {
    use Build::{First, Former, Second};
    let noticed = switch_over(library, &[First, Second, First, Former]);
    assert_eq!(noticed.losses, Losses::default(), "{library:?}");
    assert!(noticed.requests > 100, "{library:?}: {noticed:?}");
}

#[test]
fn nobody_notices_a_switch_from_axum_extras_private_jar_and_back() {
    assert_nobody_notices(Library::AxumPrivate);
}

#[test]
fn nobody_notices_a_switch_from_axum_extras_signed_jar_and_back() {
    assert_nobody_notices(Library::AxumSigned);
}

#[test]
fn nobody_notices_a_switch_from_actix_session_and_back() {
    assert_nobody_notices(Library::ActixPrivate);
}

#[test]
fn nobody_notices_a_switch_from_signed_actix_session_and_back() {
    assert_nobody_notices(Library::ActixSigned);
}

#[test]
fn nobody_notices_a_switch_from_tower_sessions_cookie_store_and_back() {
    assert_nobody_notices(Library::TowerPrivate);
}

#[test]
fn nobody_notices_a_switch_from_signed_tower_sessions_cookie_store_and_back() {
    assert_nobody_notices(Library::TowerSigned);
}

#[test]
fn nobody_notices_a_switch_to_the_drop_in_for_actix_session_and_back() {
    assert_nobody_notices(Library::ActixDropIn);
}

#[test]
fn nobody_notices_a_switch_to_the_drop_in_for_tower_sessions_and_back() {
    assert_nobody_notices(Library::TowerDropIn);
}

#[test]
fn nobody_notices_that_the_application_and_its_cookie_get_other_names_and_back() {
    assert_nobody_notices(Library::Sealed);
}

/// The controls: a roll-out less, and a build that does not open the former cookie.
#[test]
fn people_are_logged_out_by_one_roll_out_less_and_by_a_build_that_opens_no_former_cookie() {
    for library in [Library::AxumPrivate, Library::Sealed] {
        for build in [Build::Second, Build::WithoutFormer] {
            let noticed = switch_over(library, &[build, Build::Former]);
            assert!(noticed.losses.logouts > 0, "{library:?} {build:?}");
        }
    }
}
