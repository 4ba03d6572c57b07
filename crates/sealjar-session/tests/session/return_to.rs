//! Attack: a link to the login page leads the visitor to another site after the login.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sealjar_session::ReturnTo;
use url::Url;

proptest! {
    #[test]
    fn a_browser_stays_on_the_host_whatever_the_way_back_is_read_from(text in hostile()) {
        let page = ReturnTo::new(&text);
        prop_assert_eq!(origin_after(page.as_str()), OWN);
        prop_assert!(page.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
        // Reading it again changes nothing.
        prop_assert_eq!(&ReturnTo::new(page.as_str()), &page);
    }
}

/// The negative control: the same texts find what careless checks let through.
#[test]
fn careless_checks_lead_to_another_site() {
    let checks: [fn(&str) -> bool; 3] = [
        |text| text.starts_with('/'),
        |text| text.starts_with('/') && !text.starts_with("//"),
        |text| text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\"),
    ];
    for (at, lets_through) in checks.into_iter().enumerate() {
        let mut runner = TestRunner::new(Config {
            failure_persistence: None,
            ..Config::with_cases(20_000)
        });
        let stays = runner.run(&hostile(), |text| {
            prop_assert!(!lets_through(&text) || origin_after(&text) == OWN);
            Ok(())
        });
        assert!(stays.is_err(), "check {at} let nothing through");
    }
}

/// Texts of the characters that addresses are taken apart by, among them those that browsers drop.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "/[/\\\\\t\n\r .:?#@%a]{0,6}",
        "[/\\\\\t\n\r .:?#@%a]{0,6}",
        ".{0,12}",
    ]
}

/// Returns where a browser is after a redirect from the login page, by the WHATWG URL standard.
fn origin_after(location: &str) -> String {
    let login_page = Url::parse(OWN).unwrap().join("/login").unwrap();
    match login_page.join(location) {
        Ok(url) => url.origin().ascii_serialization(),
        // A browser shows an error.
        Err(_) => OWN.into(),
    }
}

const OWN: &str = "https://shop.test";
