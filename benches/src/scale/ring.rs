//! How much memory does a replica hold for its ring, for any number of visitors?

use allocation_counter::measure;
use sealjar::{KeyRing, LiveRing, RevocationList, Timestamp};
use sealjar_session::{FetchMetadata, Jar, Origin};

use crate::data::User;
use crate::report::{Cell, Report, Table};
use crate::rings::{self, APP};
use crate::seal_open::as_f64;

/// Counts what is allocated and stays once a ring has been read and a session has been opened under
/// it. Returns the bytes for a full ring.
pub(super) fn run(report: &mut Report) -> f64 {
    let now = Timestamp::now().expect("a sane clock");
    let ago = |seconds: u32| Timestamp::from_stored(now.stored() - seconds);
    let keys = rings::keys(64, now);
    // Born before the newest revocation, so that its person is checked and cached.
    let header = rings::cookie_of(&keys, ago(3600));
    let mut most = 0;
    let mut table = Table::new("what a replica holds for its ring", &["document", "in use"]);
    let full = || rings::full_revocations(ago(60));
    for (name, count, revocations, has_list) in [
        ("1 key", 1, rings::no_revocations(), false),
        ("64 keys", 64, rings::no_revocations(), false),
        ("64 keys, 8192 revocations", 64, full(), false),
        ("the same beside a full list", 64, full(), true),
    ] {
        let ring = rings::ring(&keys[..count], revocations);
        let document = ring.to_json();
        let list = has_list.then(|| rings::beside_full_list(ring, ago(60)).list().to_bytes());
        let mut jar = None;
        let held = measure(|| {
            let ring = KeyRing::from_json(document.as_bytes()).expect("just written");
            let live = LiveRing::new(ring);
            if let Some(bytes) = &list {
                let list = RevocationList::from_bytes(bytes).expect("just written");
                live.replace_list(list).expect("it is newer");
            }
            let jar = jar.insert(Jar::<User>::new(live, APP).expect("a sound jar"));
            let session = jar.open([header.clone()], FetchMetadata::default());
            assert!(matches!(session.origin(), Origin::Opened { .. }));
        });
        let held = usize::try_from(held.bytes_current).expect("a jar takes memory");
        let delivered = document.len() + list.map_or(0, |bytes| bytes.len());
        // A fleet whose replicas read a mounted ring has no list.
        if !has_list {
            most = most.max(held);
        }
        table.row(name, [Cell::Bytes(delivered), Cell::Bytes(held)]);
    }
    report.tables.push(table);
    as_f64(most)
}
