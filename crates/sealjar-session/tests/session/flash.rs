//! Messages are shown once, on a page that is seen, and do not pile up.

use sealjar_session::{Closing, FetchMetadata, Flash, FlashLevel, FlashMessage, Jar, UpdateError};

use crate::support::{APP, Browser, close, world};

#[test]
fn messages_are_shown_once_in_their_order_and_their_cookie_goes() {
    let jar = jar();
    let mut browser = Browser::default();
    browser.visit(&jar, |it| it.add(FlashLevel::Success, "saved").unwrap());
    browser.visit(&jar, |it| it.add(FlashLevel::Warning, "but late").unwrap());
    assert_eq!(browser.names(), ["__Host-Http-flash"]);
    let seen = browser.visit(&jar, |it| (it.take(), it.take()));
    let said = |level, text: &str| FlashMessage {
        level,
        text: text.into(),
    };
    assert_eq!(
        seen.0,
        [
            said(FlashLevel::Success, "saved"),
            said(FlashLevel::Warning, "but late")
        ]
    );
    assert_eq!(seen.1, [], "taken twice in one request");
    assert!(browser.names().is_empty());
    assert_eq!(browser.visit(&jar, |it| it.take()), []);
}

#[test]
fn a_page_that_nobody_may_see_leaves_them() {
    let jar = jar();
    let mut browser = Browser::default();
    browser.visit(&jar, |it| it.add(FlashLevel::Info, "wait").unwrap());
    let prefetch = |name: &str| (name == "sec-purpose").then_some(&b"prefetch"[..]);
    for unseen in [
        FetchMetadata::read("HEAD", |_| None),
        FetchMetadata::read("GET", prefetch),
    ] {
        let flash = jar.open([browser.header()], unseen);
        assert_eq!(flash.take(), []);
        let Closing { set_cookies, .. } = close(&flash);
        assert!(set_cookies.is_empty(), "{set_cookies:?}");
    }
    assert_eq!(browser.visit(&jar, |it| it.take()).len(), 1);
}

#[test]
fn where_there_is_no_message_nothing_is_sent_and_caches_keep_visitors_apart() {
    let jar = jar();
    let flash = Browser::default().request(&jar);
    assert_eq!(flash.take(), []);
    let closing = close(&flash);
    assert!(closing.set_cookies.is_empty());
    assert_eq!(closing.vary, Some("Cookie"));
}

#[test]
fn of_too_many_the_oldest_make_room_and_one_that_is_too_long_changes_nothing() {
    let jar = jar();
    let mut browser = Browser::default();
    let text = |number: u32| format!("{number} {}", "x".repeat(200));
    for number in 0..20 {
        browser.visit(&jar, |it| it.add(FlashLevel::Info, text(number)).unwrap());
    }
    let refused = browser.visit(&jar, |it| it.add(FlashLevel::Error, "x".repeat(2000)));
    assert!(matches!(refused, Err(UpdateError::TooLarge { .. })));
    let kept: Vec<_> = browser.visit(&jar, |it| it.take());
    let first = 20 - u32::try_from(kept.len()).unwrap();
    assert!(first < 18, "more than one fits: {}", kept.len());
    let kept: Vec<_> = kept.into_iter().map(|it| it.text).collect();
    assert_eq!(kept, (first..20).map(text).collect::<Vec<_>>());
}

#[test]
fn a_level_is_a_word_for_a_class() {
    let levels = [
        (FlashLevel::Info, "info"),
        (FlashLevel::Success, "success"),
        (FlashLevel::Warning, "warning"),
        (FlashLevel::Error, "error"),
    ];
    for (level, word) in levels {
        assert_eq!(level.as_str(), word);
        assert_eq!(format!("{level:>8}"), format!("{word:>8}"));
    }
}

fn jar() -> Jar<Flash> {
    let (ring, time, _) = world::<Flash>();
    Jar::builder(&ring, APP)
        .clock(time.clock())
        .in_another_process()
        .build()
        .unwrap()
}
