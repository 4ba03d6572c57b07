//! What does the head say?

use std::collections::BTreeMap;
use std::str::FromStr;

use sealjar::Timestamp;

use crate::engine::Labels;
use crate::store::digest::Digest;

/// What the labels of the head config say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct HeadLabels {
    pub(super) epoch: u64,
    /// The name of the blob, and of the secret that replicas get.
    pub(super) blob: String,
    pub(super) digest: Digest,
    /// The last epoch that put something out of use. What replicas got before must not come back.
    pub(super) revoked_in: u64,
    /// The last epoch whose publication was finished, and when.
    pub(super) published: Option<(u64, Timestamp)>,
    /// Whether services get this epoch as fast as they can.
    pub(super) is_fast: bool,
    /// The secrets with its exports that are made, by the names under which services mount them.
    pub(super) exports: BTreeMap<String, String>,
}

impl HeadLabels {
    /// Reads labels, or says what is wrong with them.
    pub(super) fn read(labels: &Labels) -> Result<Self, String> {
        let published = match labels.get(PUBLISHED) {
            None => None,
            Some(text) => Some(
                text.split_once(' ')
                    .and_then(|(epoch, at)| Some((epoch.parse().ok()?, at.parse().ok()?)))
                    .ok_or_else(|| wrong(PUBLISHED))?,
            ),
        };
        Ok(Self {
            epoch: label(labels, EPOCH)?,
            blob: label(labels, BLOB)?,
            digest: label(labels, SHA256)?,
            revoked_in: label(labels, REVOKED_IN)?,
            published,
            is_fast: labels.contains_key(FAST),
            exports: labels
                .iter()
                .filter_map(|(label, secret)| {
                    let name = label.strip_prefix(EXPORT)?;
                    Some((name.to_owned(), secret.clone()))
                })
                .collect(),
        })
    }

    /// Returns whether what replicas were given of an epoch was put out of use since. A later one
    /// than the head's came before it, and was numbered under a clock that was ahead.
    pub(super) const fn is_revoked(&self, epoch: u64) -> bool {
        epoch < self.revoked_in || epoch > self.epoch
    }

    pub(super) fn write(&self) -> Labels {
        let mut labels = Labels::from([
            (EPOCH.into(), self.epoch.to_string()),
            (BLOB.into(), self.blob.clone()),
            (SHA256.into(), self.digest.to_string()),
            (REVOKED_IN.into(), self.revoked_in.to_string()),
            // For stack files, which have to name it.
            (SECRET.into(), self.blob.clone()),
        ]);
        // For stack files too.
        for (name, secret) in &self.exports {
            labels.insert(format!("{EXPORT}{name}"), secret.clone());
        }
        if self.is_fast {
            labels.insert(FAST.into(), "true".into());
        }
        if let Some((epoch, at)) = self.published {
            labels.insert(PUBLISHED.into(), format!("{epoch} {at}"));
        }
        labels
    }
}

fn label<T: FromStr>(labels: &Labels, name: &str) -> Result<T, String> {
    let text = labels
        .get(name)
        .ok_or_else(|| format!("it has no label `{name}`"))?;
    text.parse().map_err(|_| wrong(name))
}

fn wrong(label: &str) -> String {
    format!("its label `{label}` cannot be read")
}

const BLOB: &str = "blob";
const EPOCH: &str = "epoch";
const EXPORT: &str = "export.";
const FAST: &str = "fast";
const PUBLISHED: &str = "published";
const REVOKED_IN: &str = "revoked-in";
const SECRET: &str = "secret";
const SHA256: &str = "sha256";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_they_are_written_and_each_is_missed() {
        let head = HeadLabels {
            epoch: 9,
            blob: "sealjar.web.e9.0123abcd".into(),
            digest: Digest::of(b"blob"),
            revoked_in: 7,
            published: Some((8, Timestamp::from_stored(10))),
            is_fast: true,
            exports: [("django.json".into(), "sealjar.web.x9.4567cdef".into())].into(),
        };
        let written = head.write();
        assert_eq!(HeadLabels::read(&written), Ok(head));
        for name in [EPOCH, BLOB, SHA256, REVOKED_IN] {
            let mut without = written.clone();
            without.remove(name);
            let missed = HeadLabels::read(&without).unwrap_err();
            assert!(missed.contains(name), "{missed}");
        }
        for name in [EPOCH, SHA256, REVOKED_IN, PUBLISHED] {
            let mut garbled = written.clone();
            garbled.insert(name.into(), "x".into());
            let wrong = HeadLabels::read(&garbled).unwrap_err();
            assert!(wrong.contains(name), "{wrong}");
        }
    }
}
