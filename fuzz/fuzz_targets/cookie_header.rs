//! Whatever else stands in the headers, the session opens unless another cookie has its very name.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::{Everything, JAR};
use sealjar_session::Origin;

static GOOD: LazyLock<String> =
    LazyLock::new(|| JAR.cookie_for(&Everything::default()).expect("it fits"));

fuzz_target!(|header: &[u8]| {
    let session = JAR.open([header.to_vec(), GOOD.clone().into_bytes()], true);
    let rival = header
        .windows(JAR.cookie_name().len())
        .any(|name| name == JAR.cookie_name().as_bytes());
    assert!(rival || matches!(session.origin(), Origin::Opened { .. }));
    assert_eq!(*session.get(), Everything::default());
    assert!(
        JAR.close(&session, [], [])
            .is_ok_and(|closing| closing.set_cookies.is_empty())
    );
});
