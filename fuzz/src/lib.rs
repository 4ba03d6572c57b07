//! What the targets share: one ring, one session type with every shape that serde has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sealjar::{Context, Key, KeyRing, LiveRing, Sealer, Suite, Timestamp, hazmat};
use sealjar_session::{Jar, SessionData};

/// The instant at which all targets run, so that a crash can be run again.
pub const NOW: Timestamp = Timestamp::from_stored(60_000_000);

pub static RING: LazyLock<LiveRing> = LazyLock::new(|| {
    let key = Key::generate(Suite::Xaes256Gcm).expect("the system has random bytes");
    LiveRing::new(KeyRing::from(key))
});

pub static JAR: LazyLock<Jar<Everything>> = LazyLock::new(|| {
    Jar::builder(RING.clone(), "fuzz")
        .clock(|| Ok(NOW))
        .max_size(12_288)
        .build()
        .expect("the jar can be built")
});

/// Seals under the jar's own key and purpose.
pub static SEALER: LazyLock<Sealer> = LazyLock::new(|| {
    let context = Context::new("fuzz", "session").cookie_name(JAR.cookie_name());
    hazmat::library_sealer(RING.clone(), context).expect("the context is short")
});

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Everything {
    pub flag: bool,
    pub numbers: (i8, u16, i32, u64, i128),
    pub letter: char,
    pub text: String,
    pub bytes: Vec<u8>,
    pub maybe: Option<Box<Everything>>,
    pub map: BTreeMap<String, u32>,
    pub choice: Choice,
    #[serde(default)]
    pub appended: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Choice {
    #[default]
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct {
        inner: Vec<u16>,
    },
}

impl SessionData for Everything {}
