//! Which configs does a ring have, and which of its blobs follow on which?

use sealjar::__hazmat::Blob;

use crate::engine::Object;
use crate::store::digest::Digest;
use crate::store::names::{Name, Names};

/// The configs of a ring.
#[derive(Debug)]
pub(super) struct Configs(Vec<Object>);

/// A blob, and the one that it was committed over.
#[derive(Debug)]
pub(super) struct BlobConfig<'a> {
    pub(super) object: &'a Object,
    pub(super) epoch: u64,
    pub(super) digest: Digest,
    pub(super) previous: Digest,
}

impl Configs {
    pub(super) const fn new(objects: Vec<Object>) -> Self {
        Self(objects)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Object> {
        self.0.iter()
    }

    pub(super) fn head(&self, names: &Names) -> Option<&Object> {
        let mut configs = self.0.iter();
        configs.find(|it| names.read(&it.name) == Some(Name::Head))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Object> {
        self.0.iter().find(|it| it.name == name)
    }

    /// Returns the blob of a head, the one that it was committed over, and so on, as far as they
    /// are kept.
    pub(super) fn chain<'a>(&'a self, head: Digest, names: &Names) -> Vec<BlobConfig<'a>> {
        let mut others: Vec<_> = self.blobs(names).collect();
        let mut chain = Vec::new();
        let mut next = head;
        while let Some(at) = others.iter().position(|blob| blob.digest == next) {
            let blob = others.swap_remove(at);
            next = blob.previous;
            chain.push(blob);
        }
        chain
    }

    /// Returns whether a name is that of an epoch which the head's follows on, or of the head's
    /// own.
    pub(super) fn is_history(&self, head: Digest, name: &str, names: &Names) -> bool {
        let chain = self.chain(head, names);
        let mut digests = chain.iter().flat_map(|blob| [blob.digest, blob.previous]);
        digests.any(|digest| name.rsplit('.').next() == Some(&digest.short()))
    }

    /// Returns the blobs. What says nothing of itself follows on nothing.
    pub(super) fn blobs<'a>(&'a self, names: &Names) -> impl Iterator<Item = BlobConfig<'a>> {
        self.0.iter().filter_map(|object| {
            let bytes = object
                .data
                .as_deref()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let previous = Blob::parse(bytes).map(|blob| Digest::from_bytes(blob.previous()));
            Some(BlobConfig {
                object,
                epoch: names.epoch_in(&object.name)?,
                digest: Digest::of(bytes),
                previous: previous.unwrap_or(Digest::NONE),
            })
        })
    }
}
