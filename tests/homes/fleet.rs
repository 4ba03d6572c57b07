//! What do visitors notice of three replicas while keys rotate?

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sealjar::{KeyRing, Timestamp};
use sealjar_tests::crowd::Crowd;
use sealjar_tests::proxy::{self, Routes};
use sealjar_tests::visitor::{Losses, Noticed};

/// A policy by which a key seals for seconds.
pub(crate) const POLICY: [(&str, &str); 4] = [
    ("SEALJAR_ROTATE_EVERY", "3s"),
    ("SEALJAR_DISTRIBUTION", "1s"),
    ("SEALJAR_SKEW", "1s"),
    ("SEALJAR_TOKEN_LIFETIME", "170s"),
];

/// Visitors of a site, who come by turns to each replica.
pub(crate) struct Visits {
    crowd: Crowd,
    begun: Vec<Timestamp>,
}

impl Visits {
    pub(crate) fn begin(replicas: &[SocketAddr], ring: &KeyRing) -> Self {
        let routes = Routes::new(
            replicas
                .iter()
                .copied()
                .map(Some)
                .collect::<Vec<_>>()
                .into(),
        );
        let origin = format!("http://{}", proxy::start(routes));
        Self {
            crowd: Crowd::gather(&origin, 6, Duration::from_millis(60)),
            begun: seals_from(ring),
        }
    }

    /// Waits until so many more keys have sealed. `ring` reads what replicas are given.
    pub(crate) fn rotations(&mut self, wanted: usize, ring: impl Fn() -> KeyRing) {
        let mut seen = 0;
        wait_for("a rotation", || {
            let now = Timestamp::now().unwrap();
            for from in seals_from(&ring()) {
                if from <= now && !self.begun.contains(&from) {
                    self.begun.push(from);
                    seen += 1;
                }
            }
            (seen >= wanted).then_some(())
        });
    }

    pub(crate) fn end(self) -> Noticed {
        self.crowd.leave()
    }

    pub(crate) fn end_without_loss(self) {
        let noticed = self.end();
        assert_eq!(noticed.losses, Losses::default(), "{noticed:?}");
        assert!(noticed.requests > 100, "this was no load: {noticed:?}");
        assert!(noticed.crossings > noticed.requests / 4, "{noticed:?}");
        println!("{noticed:?}");
    }
}

/// Waits for something to come.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < patience, "{what} does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn seals_from(ring: &KeyRing) -> Vec<Timestamp> {
    ring.keys()
        .iter()
        .filter_map(|key| key.seals_from)
        .collect()
}

/// Far more than two rotations take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);
