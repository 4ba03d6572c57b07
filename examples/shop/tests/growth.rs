//! Do this build of the app and the next one, which has one more field in its session, read each
//! other's cookies?
//!
//! Both builds run these tests: `cargo test -p shop` and `cargo test -p shop --features wishlist`.
//! The bytes that the other build writes are here, and the first test of that build shows that it
//! writes them. They are postcard: with the feature `json`, names do what these bytes do.

#![cfg(not(feature = "json"))]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

use std::time::Duration;

use sealjar::__hazmat::{SESSION, library_sealer};
use sealjar::{Context, Key, LiveRing, Suite, Timestamp};
use sealjar_session::{FetchMetadata, Jar, Session, assert_layout, inspect};
use shop::Jars;
use shop::visitor::{Basket, Good, User, Visitor};

/// Ada with two jars, as the build without `wishlist` writes her: the number of fields, the layout
/// with a byte for each, and the body.
const WITHOUT: &[u8] = b"\x02\xc8\x4b\x01\x03ada\x0cAda Lovelace\x01\x03jar\x02";
/// The same in the build with `wishlist`, with three wishes.
const WITH: &[u8] = b"\x03\xc8\x4b\x4a\x01\x03ada\x0cAda Lovelace\x01\x03jar\x02\x03";

const HERE: &[u8] = if cfg!(feature = "wishlist") {
    WITH
} else {
    WITHOUT
};

#[test]
fn what_this_build_writes_is_what_the_other_is_tested_with() {
    let shop = Shop::new();
    let header = shop.jar.cookie_for(&ada()).unwrap();
    assert_eq!(shop.written(&header), HERE);
}

#[test]
fn this_build_reads_both() {
    let shop = Shop::new();
    for written in [WITHOUT, WITH] {
        let session = shop
            .jar
            .open([shop.header(written)], FetchMetadata::default());
        let visitor = session.get();
        assert_eq!(visitor.user, ada().user);
        assert_eq!(visitor.basket, ada().basket);
        #[cfg(feature = "wishlist")]
        assert_eq!(visitor.wishes, if written == WITH { 3 } else { 0 });
    }
}

/// The result of a rolling upgrade: the old build serves a visitor of the next build in between.
#[test]
fn a_change_here_keeps_what_the_other_build_has_written() {
    let remove = |visitor: &mut Visitor| visitor.basket.remove(jar());
    // The number of jars is the last byte of the body, before the wishes.
    let one_jar_less = |written: &[u8]| {
        let mut written = written.to_vec();
        let jars = written.iter().rposition(|byte| *byte == 2).unwrap();
        written[jars] = 1;
        written
    };
    assert_eq!(changed(WITH, remove), one_jar_less(WITH));
    let expected = if cfg!(feature = "wishlist") {
        let mut no_wishes = one_jar_less(WITH);
        *no_wishes.last_mut().unwrap() = 0;
        no_wishes
    } else {
        one_jar_less(WITHOUT)
    };
    assert_eq!(changed(WITHOUT, remove), expected);
}

/// Bytes that this build does not know belong to the person with whom they came.
#[cfg(not(feature = "wishlist"))]
#[test]
fn what_the_other_build_has_written_does_not_pass_to_the_next_person() {
    let bob = |visitor: &mut Visitor| visitor.user = Some(user("bob", "Bob"));
    let written = [&WITHOUT[..3], b"\x01\x03bob\x03Bob\x01\x03jar\x02"].concat();
    assert_eq!(changed(WITH, bob), written);
}

/// The control: without the rules of growth, the old build drops the new field, and the new one
/// cannot read the old cookie.
#[test]
fn plain_postcard_fails_the_same_checks() {
    if cfg!(feature = "wishlist") {
        assert!(postcard::from_bytes::<Visitor>(&WITHOUT[3..]).is_err());
    } else {
        let visitor: Visitor = postcard::from_bytes(&WITH[4..]).unwrap();
        assert_eq!(postcard::to_allocvec(&visitor).unwrap(), &WITHOUT[3..]);
    }
}

struct Shop {
    ring: LiveRing,
    jar: Jar<Visitor>,
}

impl Shop {
    fn new() -> Self {
        let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm).unwrap());
        let jar = Jars::new(&ring, "session", false).unwrap().visitors;
        Self { ring, jar }
    }

    /// A cookie with this layout and body, of schema 0 and revision 1.
    fn header(&self, written: &[u8]) -> String {
        let context = Context::new("shop", SESSION).cookie_name(self.jar.cookie_name());
        let payload = [b"\x00a  guest\x01", written].concat();
        let sealer = library_sealer(&self.ring, context).unwrap();
        let token = sealer.seal(&payload, Duration::from_secs(600)).unwrap();
        format!("{}={token}", self.jar.cookie_name())
    }

    fn written(&self, header: &str) -> Vec<u8> {
        let now = Timestamp::now().unwrap();
        let name = self.jar.cookie_name();
        let found = inspect(&self.ring, Some("shop"), name, b"", header.as_bytes(), now).unwrap();
        let contents = found.candidates[0].contents.as_ref().unwrap();
        let fields = u8::try_from(contents.layout().len()).unwrap();
        [&[fields], contents.layout(), contents.plaintext_body()].concat()
    }
}

/// Returns what is written for a request with a session whose handler makes a change.
fn changed(written: &[u8], change: impl FnOnce(&mut Visitor)) -> Vec<u8> {
    let shop = Shop::new();
    let session = shop
        .jar
        .open([shop.header(written)], FetchMetadata::default());
    session.update(change).unwrap();
    let closing = Session::close(&session, []).unwrap();
    let line = closing.set_cookies.into_iter().next().unwrap();
    shop.written(line.split(';').next().unwrap())
}

fn ada() -> Visitor {
    let mut basket = Basket::default();
    basket.add(jar());
    basket.add(jar());
    Visitor {
        user: Some(user("ada", "Ada Lovelace")),
        basket,
        #[cfg(feature = "wishlist")]
        wishes: 3,
    }
}

fn user(login: &str, name: &str) -> User {
    User {
        login: login.into(),
        name: name.into(),
    }
}

fn jar() -> &'static Good {
    Good::find("jar").unwrap()
}

/// The layout that must not change while sessions of a released build exist. Both builds count as
/// released: the one without `wishlist` reads what the other has appended.
#[test]
fn the_layout_is_the_released_one() {
    let wishes = if cfg!(feature = "wishlist") {
        "2 wishes: unsigned"
    } else {
        ""
    };
    assert_layout(
        &[ada()],
        &format!(
            "schema 0
             session: struct Visitor
             0 user: option
             0 user?: struct User {{ login, name }}
             0 user?.login: text
             0 user?.name: text
             1 basket: newtype Basket
             1 basket.0: map
             1 basket.0[]: tuple of 2
             1 basket.0[].0: text
             1 basket.0[].1: unsigned
             {wishes}"
        ),
    );
}
