//! What is written down of publications?

use std::path::PathBuf;

use sealjar::Timestamp;
use serde::{Deserialize, Serialize};

use crate::delivery::{Delivery, Finished, Publications};
use crate::store::file::FileStore;
use crate::store::{StoreError, Version};

impl FileStore {
    /// What was recorded. A record that cannot be read is as good as none: what was published counts
    /// from the next turn on.
    pub(super) fn publications(&self) -> Result<Publications, StoreError> {
        let lines = self.lines()?;
        let finished: Option<Vec<Finished>> = lines.iter().map(Line::finished).collect();
        Ok(Publications::recorded(finished.unwrap_or_default()))
    }

    /// Whether a document was recorded as published, by its digest.
    pub(super) fn has_recorded(&self, document: &Version) -> Result<bool, StoreError> {
        let lines = self.lines()?;
        let mut digests = lines.iter().filter_map(|it| it.sha256.as_deref());
        Ok(digests.any(|it| it == document.as_str()))
    }

    fn lines(&self) -> Result<Vec<Line>, StoreError> {
        let text = self.disk.read(&self.record_file())?.unwrap_or_default();
        Ok(serde_json::from_slice(&text).unwrap_or_default())
    }

    pub(super) fn record_now(&self, over: &Version, delivery: &Delivery) -> Result<(), StoreError> {
        let Delivery::Unacknowledged(publications) = delivery else {
            return Ok(());
        };
        self.disk.make_directory(&self.directory)?;
        let _lock = self.lock()?;
        self.check_version(over)?;
        let mut lines: Vec<Line> = publications.finished().iter().map(Line::of).collect();
        let before = self.lines()?;
        for line in &mut lines {
            line.sha256 = match before.iter().find(|it| it.epoch == line.epoch) {
                Some(recorded) => recorded.sha256.clone(),
                // Only the head is recorded anew.
                None => Some(over.as_str().into()),
            };
        }
        let text = serde_json::to_string(&lines).unwrap_or_default();
        self.disk.put(&self.record_file(), text.as_bytes(), false)
    }

    pub(super) fn record_file(&self) -> PathBuf {
        self.directory.join("published.json")
    }
}

/// A publication.
#[derive(Deserialize, Serialize)]
struct Line {
    epoch: u64,
    at: String,
    wait: u32,
    /// Of the document. A record of before has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

impl Line {
    fn of(finished: &Finished) -> Self {
        Self {
            epoch: finished.epoch,
            at: finished.at.to_string(),
            wait: finished.wait,
            sha256: None,
        }
    }

    fn finished(&self) -> Option<Finished> {
        let at: Timestamp = self.at.parse().ok()?;
        Some(Finished {
            epoch: self.epoch,
            at,
            wait: self.wait,
        })
    }
}
