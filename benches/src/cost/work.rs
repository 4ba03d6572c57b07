//! The pieces of work that are counted.

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use sealjar::{Context, Key, Sealer, Suite, Timestamp};
use sealjar_session::{FetchMetadata, Jar};

use crate::data::User;
use crate::measure::uncounted;
use crate::request::{Actix, Axum, Framework, READ, UNTOUCHED, Visitor, WRITE, ready};
use crate::{rings, seal_open};

pub(super) struct Work {
    pub(super) name: &'static str,
    repeat: fn(u32),
}

impl Work {
    const fn new(name: &'static str, repeat: fn(u32)) -> Self {
        Self { name, repeat }
    }

    /// Returns how often one repetition allocates, and how many bytes.
    pub(super) fn allocations(&self) -> (u32, u32) {
        // Allocations that happen once in a process happen here.
        (self.repeat)(1);
        let [few, many] = [FEW, MANY].map(|times| measure(|| (self.repeat)(times)));
        let one = |few: u64, many: u64| {
            let one = many.saturating_sub(few) / u64::from(MANY - FEW);
            u32::try_from(one).unwrap_or(u32::MAX)
        };
        (
            one(few.count_total, many.count_total),
            one(few.bytes_total, many.bytes_total),
        )
    }
}

pub(super) const WORK: &[Work] = &[
    Work::new("seal", seal),
    Work::new("open", open),
    Work::new("Cookie header to session", header),
    Work::new("the same beside a full list", beside_full_list),
    Work::new("axum, no session, read", |times| {
        request(Axum::Plain, READ, times)
    }),
    Work::new("axum, a layer that does nothing, read", |times| {
        request(Axum::Idle, READ, times)
    }),
    Work::new("axum, sealed, not touched", |times| {
        request(Axum::Sealed, UNTOUCHED, times)
    }),
    Work::new("axum, sealed, read", |times| {
        request(Axum::Sealed, READ, times)
    }),
    Work::new("axum, sealed, one of three jars read", |times| {
        request(Axum::Jars, READ, times)
    }),
    Work::new("axum, sealed in three cookies, read", |times| {
        request(Axum::Parts, READ, times)
    }),
    Work::new("axum, sealed, write", |times| {
        request(Axum::Sealed, WRITE, times)
    }),
    Work::new("actix-web, no session, read", |times| {
        request(Actix::Plain, READ, times)
    }),
    Work::new("actix-web, sealed, read", |times| {
        request(Actix::Sealed, READ, times)
    }),
    Work::new("actix-web, sealed, write", |times| {
        request(Actix::Sealed, WRITE, times)
    }),
];

/// The child under valgrind: does one piece of work this many times, and prints the processor's
/// features for it.
///
/// # Errors
/// Invalid arguments; only the parent knows them.
pub(crate) fn repeat(name: &str, times: &str) -> Result<(), String> {
    let work = WORK.iter().find(|work| work.name == name);
    let work = work.ok_or_else(|| format!("there is no work {name:?} to repeat"))?;
    let times = times
        .parse()
        .map_err(|_| format!("{times:?} is no number of times"))?;
    uncounted(|| (work.repeat)(times));
    println!("{}", features());
    Ok(())
}

fn seal(times: u32) {
    let (sealer, body) = sealer();
    for _ in 0..times {
        let token = sealer.seal(black_box(&body), LIFETIME).expect("it fits");
        let mut text = String::with_capacity(token.text_len());
        token.write_to(&mut text);
        black_box(text);
    }
}

fn open(times: u32) {
    let (sealer, body) = sealer();
    let text = sealer.seal(&body, LIFETIME).expect("it fits").to_string();
    for _ in 0..times {
        let opened = sealer.open(black_box(&text)).expect("sealed above");
        assert_eq!(opened.payload().len(), body.len());
    }
}

fn header(times: u32) {
    let jar = seal_open::jar();
    let header = jar.cookie_for(&User::typical()).expect("it fits");
    for _ in 0..times {
        let user = jar
            .open([black_box(header.clone())], FetchMetadata::default())
            .get();
        assert!(!user.name.is_empty());
    }
}

/// The session is older than what the list has of people, so that its own is looked up.
fn beside_full_list(times: u32) {
    let now = Timestamp::now().expect("a sane clock");
    let ago = |seconds: u32| Timestamp::from_stored(now.stored() - seconds);
    let keys = rings::keys(1, now);
    let ring = rings::ring(&keys, rings::no_revocations());
    let live = rings::beside_full_list(ring, ago(60));
    let jar = Jar::<User>::new(live, rings::APP).expect("a sound jar");
    let header = rings::cookie_of(&keys, ago(3600));
    for _ in 0..times {
        let user = jar
            .open([black_box(header.clone())], FetchMetadata::default())
            .get();
        assert!(!user.name.is_empty());
    }
}

fn request<F: Framework>(app: F, path: &'static str, times: u32) {
    ready(async {
        let mut visitor = Visitor::new(app).await;
        for _ in 0..times {
            visitor.exchange(path).await;
        }
    });
}

fn sealer() -> (Sealer, Vec<u8>) {
    let key = Key::generate(Suite::Xaes256Gcm).expect("random bytes");
    let sealer = Sealer::new(key, Context::new(rings::APP, "cost")).expect("short names");
    let body = postcard::to_allocvec(&User::typical()).expect("a plain type");
    (sealer, body)
}

/// Names the processor's features that sealing uses.
fn features() -> String {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("aes", is_x86_feature_detected!("aes")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
        ("sha", is_x86_feature_detected!("sha")),
        ("vaes", is_x86_feature_detected!("vaes")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let features: [(&str, bool); 0] = [];
    let there = features.iter().filter(|(_, there)| *there);
    let names: Vec<_> = there.map(|(name, _)| *name).collect();
    format!("{} {}", std::env::consts::ARCH, names.join(" "))
}

const LIFETIME: Duration = Duration::from_secs(3600);
/// The repetitions of the two runs that are compared. In the first everything is warm.
pub(super) const FEW: u32 = 100;
pub(super) const MANY: u32 = 600;
