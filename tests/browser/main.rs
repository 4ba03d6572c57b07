//! What does a person see in a real browser, at the shop behind a real Traefik?
//!
//! Debian's Chromium, driven as the W3C's WebDriver has it, over https with a certificate that it
//! is told to trust. Each test leaves pictures of what it saw in `target/tmp/browser`.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod desk;
mod driver;
mod site;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::desk::Desk;
use crate::driver::Browser;
use crate::site::{Kept, Site};

#[test]
fn a_person_stays_logged_in_through_a_rotation_and_a_death() {
    let mut site = Site::start(Kept::Sealed);
    let browser = Browser::start("sealed", Some(site.public_key()));
    browser.go(&site.origin());
    assert_stranger(&browser);
    browser.picture("1-a-stranger");

    log_in(&browser);
    browser.picture("2-logged-in");
    browser.click(MORE);
    browser.await_text("Preserving jar is in the basket.");
    // No script of the page reads the session, and no other site gets it.
    assert_eq!(browser.run("return document.cookie"), "");
    let cookies = browser.cookies();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        let name = cookie["name"].as_str().unwrap();
        assert!(name.starts_with("__Host-Http-"), "{name}");
        assert_eq!(
            (&cookie["httpOnly"], &cookie["secure"]),
            (&json!(true), &json!(true))
        );
    }

    // Three replicas take turns.
    assert_eq!(reload(&browser, "1").len(), 3);
    let before = browser.fact("key");
    site.rotate();
    browser.reload_until("a newer key seals now");
    assert_eq!(reload(&browser, "1").len(), 3);
    browser.click(MORE);
    browser.await_text("Preserving jar is in the basket.");
    browser.reload();
    assert_ne!(browser.fact("key"), before);
    browser.picture("3-after-a-rotation");

    let killed = site.kill_one();
    let met = reload(&browser, "2");
    assert!(
        !met.contains(&killed) && met.len() == 2,
        "{met:?} without {killed}"
    );
    browser.picture("4-after-a-death");

    browser.click("header button");
    browser.await_text("You are logged out.");
    browser.picture("5-logged-out");
    // The page before has the same address.
    browser.back();
    assert_stranger(&browser);
    browser.picture("6-went-back");
}

/// The controls: with sessions in memory the same person is a stranger at the next replica, and a
/// browser that does not trust the certificate shows no page.
#[test]
fn a_person_whose_session_is_in_memory_is_logged_out() {
    let site = Site::start(Kept::InMemory);
    let browser = Browser::start("in-memory", Some(site.public_key()));
    let known = |_| {
        browser.go(&site.origin());
        browser.sees("Ada Lovelace")
    };
    browser.go(&format!("{}login", site.origin()));
    browser.fill_in("ada", "lovelace");
    let looks: Vec<_> = (0..6).map(known).collect();
    browser.picture("1-after-the-login");
    assert!(looks.contains(&true) && looks.contains(&false), "{looks:?}");

    let browser = Browser::start("in-memory", None);
    browser.go(&site.origin());
    assert!(
        browser.sees("ERR_CERT_AUTHORITY_INVALID"),
        "{}",
        browser.page()
    );
    browser.picture("2-not-trusted");
}

/// Two browsers are two devices. The control: where no keeper is followed, there is no such button,
/// and whoever posts its form is logged out in one browser alone.
#[test]
fn who_logs_out_on_all_devices_in_one_browser_is_logged_out_in_the_other() {
    for (kept, others_end) in [(Kept::Followed, true), (Kept::Sealed, false)] {
        let site = Site::start(kept);
        let [phone, desk] = ["phone", "desk"].map(|name| {
            let browser = Browser::start(name, Some(site.public_key()));
            browser.go(&site.origin());
            log_in(&browser);
            browser
        });
        phone.go(&format!("{}account", site.origin()));
        phone.await_text("Ada Lovelace");
        assert_eq!(phone.sees("Log out on all devices"), others_end);
        phone.picture("1-the-account");
        if others_end {
            log_out_everywhere(&phone, &site);
        } else {
            phone.run(
                "const form = document.querySelector('form[action=logout]');
                form.action = 'logout-everywhere';
                form.submit();",
            );
            phone.await_text("Your other devices are still logged in");
        }
        phone.picture("2-logged-out");
        // The replica that answered has the list, and the others get it in the same moment. Each of
        // them is met.
        if others_end {
            desk.reload_until("Log in");
            for _ in 0..6 {
                desk.reload();
                assert_stranger(&desk);
            }
        } else {
            reload(&desk, "0");
        }
        desk.picture(if others_end {
            "3-logged-out"
        } else {
            "3-still-here"
        });
        // Who logs in again right away is not revoked with the rest.
        phone.go(&site.origin());
        log_in(&phone);
        reload(&phone, "0");
    }
}

/// `no_store_when_logged_in`, and the control: without it the last page is seen again.
#[test]
fn after_the_logout_back_shows_a_page_only_if_the_jar_lets_browsers_store_it() {
    for (no_store, seen) in [(true, "Nobody is here."), (false, "Ada is here.")] {
        let desk = Desk::start(no_store);
        let browser = Browser::start("desk", Some(desk.public_key()));
        browser.go(&desk.at("in"));
        browser.go(&desk.at("here"));
        browser.await_text("Ada is here.");
        browser.go(&desk.at("out"));
        browser.await_text("Good bye.");
        browser.back();
        browser.await_text(seen);
        browser.picture(if no_store { "not-stored" } else { "stored" });
    }
}

/// A keeper that has just begun listens for half a minute before it commits anything. Until then
/// the page says that the others are still logged in.
fn log_out_everywhere(browser: &Browser, site: &Site) {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        browser.click("form[action=logout-everywhere] button");
        browser.await_text("You are logged out");
        if browser.sees("You are logged out on all devices.") {
            return;
        }
        assert!(Instant::now() < patience, "no keeper commits it");
        std::thread::sleep(Duration::from_secs(1));
        browser.go(&site.origin());
        log_in(browser);
        browser.go(&format!("{}account", site.origin()));
        browser.await_text("Ada Lovelace");
    }
}

fn log_in(browser: &Browser) {
    browser.click("a.button");
    browser.await_text("Password");
    browser.fill_in("ada", "lovelace");
    browser.await_text("Welcome, Ada Lovelace.");
}

/// Reloads six times, sees the same person and so many jars each time, and returns who answered.
fn reload(browser: &Browser, jars: &str) -> BTreeSet<String> {
    let look = |_| {
        browser.reload();
        let page = browser.page();
        assert!(
            page.contains("Ada Lovelace") && !page.contains("Log in"),
            "{page}"
        );
        let basket = "return document.querySelector('[data-good=jar] output').innerText";
        assert_eq!(browser.run(basket), jars, "{page}");
        browser.fact("replica")
    };
    (0..6).map(look).collect()
}

fn assert_stranger(browser: &Browser) {
    browser.await_text("Log in");
    assert!(!browser.sees("Ada"), "{}", browser.page());
}

/// Puts a jar into the basket.
const MORE: &str = "button[aria-label='One Preserving jar more']";
