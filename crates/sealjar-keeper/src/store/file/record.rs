//! What is written down of publications?

use sealjar::Timestamp;
use serde::{Deserialize, Serialize};

use crate::delivery::{Delivery, Finished, Publications};
use crate::store::file::lock::lock;
use crate::store::file::opened::Opened;
use crate::store::file::{FileStore, RECORD, check_version};
use crate::store::{StoreError, Version};

/// What was recorded. A record that cannot be read is as good as none: what was published counts
/// from the next turn on.
pub(super) fn publications(opened: &Opened<'_>) -> Result<Publications, StoreError> {
    let lines = lines(opened)?;
    let finished: Option<Vec<Finished>> = lines.iter().map(Line::finished).collect();
    Ok(Publications::recorded(finished.unwrap_or_default()))
}

/// Whether a document was recorded as published, by its digest.
pub(super) fn has_recorded(opened: &Opened<'_>, document: &Version) -> Result<bool, StoreError> {
    let lines = lines(opened)?;
    let mut digests = lines.iter().filter_map(|it| it.sha256.as_deref());
    Ok(digests.any(|it| it == document.as_str()))
}

fn lines(opened: &Opened<'_>) -> Result<Vec<Line>, StoreError> {
    let text = opened.read(RECORD)?.unwrap_or_default();
    Ok(serde_json::from_slice(&text).unwrap_or_default())
}

impl FileStore {
    pub(super) async fn record_now(
        &self,
        over: &Version,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let Delivery::Unacknowledged(publications) = delivery else {
            return Ok(());
        };
        let mut opened = self.open()?;
        opened.make()?;
        let _lock = lock(&opened).await?;
        check_version(&opened, over)?;
        let mut recorded: Vec<Line> = publications.finished().iter().map(Line::of).collect();
        let before = lines(&opened)?;
        for line in &mut recorded {
            line.sha256 = match before.iter().find(|it| it.epoch == line.epoch) {
                Some(recorded) => recorded.sha256.clone(),
                // Only the head is recorded anew.
                None => Some(over.as_str().into()),
            };
        }
        let text = serde_json::to_string(&recorded).unwrap_or_default();
        opened.keeper()?.put(RECORD.as_ref(), text.as_bytes())
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
