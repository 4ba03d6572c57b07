//! An authentic payload is refused, or its value survives being written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar::hazmat;
use sealjar_fuzz::{JAR, NOW, SEALER};
use sealjar_session::Origin;

fuzz_target!(|payload: &[u8]| {
    let expires_at = NOW.saturating_add(60);
    let Ok((token, _)) = hazmat::seal_born(&SEALER, payload, NOW, expires_at, NOW) else {
        return;
    };
    let session = JAR.open([format!("{}={token}", JAR.cookie_name())], true);
    if let Origin::Opened { .. } = session.origin() {
        let value = session.get();
        // It may be too large for this jar once every number is written in its shortest form.
        if let Ok(cookie) = JAR.cookie_for(&value) {
            assert_eq!(JAR.open([cookie], true).get(), value);
        }
    }
});
