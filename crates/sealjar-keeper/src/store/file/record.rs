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
        let text = self.disk.read(&self.record_file())?.unwrap_or_default();
        let lines: Vec<Line> = serde_json::from_slice(&text).unwrap_or_default();
        let finished: Option<Vec<Finished>> = lines.iter().map(Line::finished).collect();
        Ok(Publications::recorded(finished.unwrap_or_default()))
    }

    pub(super) fn record_now(&self, over: &Version, delivery: &Delivery) -> Result<(), StoreError> {
        let Delivery::Unacknowledged(publications) = delivery else {
            return Ok(());
        };
        let lines: Vec<Line> = publications.finished().iter().map(Line::of).collect();
        let text = serde_json::to_string(&lines).unwrap_or_default();
        self.disk.make_directory(&self.directory)?;
        let _lock = self.lock()?;
        self.check_version(over)?;
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
}

impl Line {
    fn of(finished: &Finished) -> Self {
        Self {
            epoch: finished.epoch,
            at: finished.at.to_string(),
            wait: finished.wait,
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
