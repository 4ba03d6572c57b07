//! Which sessions does a list refuse, and when may an entry be forgotten?

use super::*;

fn at(seconds: u32) -> Timestamp {
    Timestamp::from_stored(seconds)
}

fn revocations() -> Revocations {
    Revocations::new(Zeroizing::new([9; 32]), 604_800)
}

#[test]
fn a_subject_is_covered_up_to_the_latest_time_and_in_its_own_app_only() {
    let mut list = revocations();
    list.revoke_subject("shop", "ada", at(100)).unwrap();
    list.revoke_subject("shop", "ada", at(50)).unwrap();
    assert_eq!(list.entries(), 1);
    assert!(list.covers_subject("shop", "ada", at(99)));
    assert!(!list.covers_subject("shop", "ada", at(100)));
    assert!(!list.covers_subject("admin", "ada", at(0)));
    assert!(!list.covers_subject("shop", "bob", at(0)));
    let long = "x".repeat(65_536);
    for (app, subject) in [("shop", long.as_str()), (long.as_str(), "ada")] {
        assert!(!list.covers_subject(app, subject, at(0)));
        assert!(list.revoke_subject(app, subject, at(1)).is_err());
    }
    let newest = |app| list.subjects_of(app).map(AppSubjects::newest);
    assert_eq!((newest("shop"), newest("admin")), (Some(at(100)), None));
}

#[test]
fn app_and_subject_do_not_run_into_each_other() {
    let mut list = revocations();
    list.revoke_subject("ab", "c", at(1)).unwrap();
    assert!(!list.covers_subject("a", "bc", at(0)));
}

#[test]
fn a_session_is_covered_whenever_it_was_born() {
    let mut list = revocations();
    list.revoke_session([1; 8], at(5));
    list.revoke_session([0; 8], at(5));
    list.revoke_session([1; 8], at(9));
    assert_eq!(list.entries(), 2);
    assert!(list.covers_session([1; 8]));
    assert!(list.covers_session([0; 8]));
    assert!(!list.covers_session([2; 8]));
}

#[test]
fn an_entry_is_forgotten_only_after_horizon_and_skew_or_under_the_floor() {
    let mut list = revocations();
    list.horizon = 100;
    list.floor = Some(at(50));
    list.revoke_subject("shop", "under the floor", at(50))
        .unwrap();
    list.revoke_subject("shop", "ada", at(60)).unwrap();
    list.revoke_session([1; 8], at(61));
    assert_eq!(prune(&mut list, at(160), 5), 1);
    assert_eq!(list.floor, None, "50 + 100 + 5 is over");
    assert_eq!(prune(&mut list, at(165), 5), 0);
    assert!(list.covers_subject("shop", "ada", at(59)));
    assert_eq!(prune(&mut list, at(166), 5), 1);
    assert_eq!(prune(&mut list, at(167), 5), 1);
    assert_eq!(list.entries(), 0);
}

#[test]
fn times_that_lie_ahead_are_pulled_back_and_go_on_refusing_what_was_born_before() {
    let mut list = revocations();
    list.floor = Some(at(40));
    list.revoke_subject("shop", "ada", at(9_000)).unwrap();
    list.revoke_subject("shop", "bob", at(30)).unwrap();
    list.revoke_session([1; 8], at(9_000));
    assert!(pull_back(&mut list, at(50)));
    assert_eq!(list.floor, Some(at(40)));
    let newest = list.subjects_of("shop").map(AppSubjects::newest);
    assert_eq!(newest, Some(at(50)));
    assert!(list.covers_subject("shop", "ada", at(49)));
    assert!(
        !list.covers_subject("shop", "ada", at(50)),
        "a login of now"
    );
    assert!(list.covers_subject("shop", "bob", at(29)));
    assert!(
        !list.covers_subject("shop", "bob", at(30)),
        "it is as it was"
    );
    assert!(list.covers_session([1; 8]));
    assert!(
        !pull_back(&mut list, at(50)),
        "there is nothing left to pull back"
    );
    list.floor = Some(at(51));
    assert!(pull_back(&mut list, at(50)));
    assert_eq!(list.floor, Some(at(50)));
}

#[test]
fn an_entry_goes_at_once_when_the_floor_covers_it_and_not_a_second_later() {
    let mut list = revocations();
    list.floor = Some(at(50));
    list.revoke_subject("shop", "ada", at(50)).unwrap();
    list.revoke_subject("shop", "bob", at(51)).unwrap();
    list.revoke_session([1; 8], at(50));
    list.revoke_session([2; 8], at(51));
    assert_eq!(prune(&mut list, at(50), 5), 2);
    assert!(!list.covers_subject("shop", "ada", at(0)));
    assert!(list.covers_subject("shop", "bob", at(50)));
    assert!(!list.covers_session([1; 8]));
    assert!(list.covers_session([2; 8]));
}

#[test]
fn the_longest_names_are_covered_and_one_byte_more_is_not_asked_about() {
    let (longest, longer) = ("x".repeat(65_535), "x".repeat(65_536));
    let mut list = revocations();
    list.revoke_subject(&longest, &longest, at(9)).unwrap();
    assert!(list.covers_subject(&longest, &longest, at(8)));
    // A document may contain what our programs never write.
    let entry = SubjectEntry {
        hash: [0; 8],
        born_before: at(9),
    };
    list.insert_subject(&longer, entry);
    for (app, subject) in [(&longer, &longest), (&longest, &longer)] {
        assert!(!list.covers_subject(app, subject, at(0)));
    }
}

#[test]
fn a_merged_list_refuses_what_either_did_even_under_another_pepper() {
    let mut list = revocations();
    let mut same = revocations();
    same.revoke_subject("shop", "ada", at(70)).unwrap();
    same.floor = Some(at(3));
    list.revoke_subject("shop", "ada", at(60)).unwrap();
    merge(&mut list, &same);
    assert!(list.covers_subject("shop", "ada", at(69)));
    assert_eq!((list.entries(), list.floor), (1, Some(at(3))));

    let mut foreign = Revocations::new(Zeroizing::new([8; 32]), 700_000);
    foreign.revoke_subject("shop", "bob", at(90)).unwrap();
    foreign.revoke_session([2; 8], at(80));
    merge(&mut list, &foreign);
    assert!(list.covers_session([2; 8]));
    assert_eq!((list.floor, list.horizon), (Some(at(90)), 700_000));
}

#[test]
fn debug_does_not_leak_the_pepper() {
    let mut list = revocations();
    list.revoke_session([2; 8], at(80));
    let shown = format!("{list:?}");
    assert!(
        shown.contains("604800") && shown.contains("sessions: 1"),
        "{shown}"
    );
    assert!(
        !shown.contains("9, 9") && !shown.contains("0909"),
        "{shown}"
    );
}
