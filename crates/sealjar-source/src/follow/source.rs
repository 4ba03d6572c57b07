//! What does a look at what is followed bring?

use std::sync::Arc;
use std::time::Duration;

use sealjar::KeyRing;
use tokio::time::{Instant, timeout_at};

use crate::error::SourceError;
use crate::follow::Follow;
use crate::follow::shared::{Shared, Taken};
use crate::readiness::Concern;
use crate::source::{Look, RingSource};

impl Follow {
    /// Waits for the first ring.
    async fn first(&mut self) -> Result<Look, SourceError> {
        let limit = if self.requires_answer {
            ANSWER
        } else {
            HEAD_START
        };
        let shared = Arc::clone(&self.begin()?.shared);
        let answered = timeout_at(Instant::now() + limit, shared.until_confirmed()).await;
        let taken = match answered {
            Ok(()) => shared.newest(),
            Err(_) if self.requires_answer => None,
            Err(_) => shared.newest(),
        };
        let mounted = match (&answered, &mut self.mounted) {
            (Err(_), Some(mounted)) if !self.requires_answer => Some(mounted.current().await),
            _ => None,
        };
        match (taken, mounted) {
            (Some(taken), mounted) => match mounted {
                Some(Ok(ring)) if ring.epoch() > taken.epoch() => Ok(Look {
                    ring: Some(ring),
                    list: taken.list,
                }),
                _ => self.offer(taken),
            },
            (None, Some(Ok(ring))) => {
                tracing::warn!(
                    target: "sealjar",
                    "no keeper answers: this replica starts with the ring that is mounted"
                );
                Ok(ring.into())
            }
            (None, Some(Err(error))) => Err(SourceError::Unanswered {
                place: self.place(),
                reason: format!("{}; and {error}", shared.why_alone().0),
                hint: shared.why_alone().1,
            }),
            (None, None) => Err(self.unanswered(&shared)),
        }
    }

    /// Reads what was taken. Its keeper has signed it.
    fn offer(&mut self, taken: Taken) -> Result<Look, SourceError> {
        let running = self.running.as_mut();
        let is_read = running.is_some_and(|it| it.shared.is_ring_in_use(&taken));
        let ring = if is_read {
            None
        } else {
            Some(self.read(&taken)?)
        };
        let list = taken.list.clone();
        if let Some(running) = &mut self.running {
            running.offered = Some(taken);
        }
        Ok(Look { ring, list })
    }

    fn read(&self, taken: &Taken) -> Result<KeyRing, SourceError> {
        KeyRing::from_json(&taken.document).map_err(|error| SourceError::Ring {
            place: self.place(),
            error,
        })
    }

    /// Says why no keeper answers.
    fn unanswered(&self, shared: &Shared) -> SourceError {
        let (reason, hint) = shared.why_alone();
        SourceError::Unanswered {
            place: self.place(),
            reason,
            hint,
        }
    }
}

impl RingSource for Follow {
    fn place(&self) -> String {
        let keepers = self.keepers.join(", ");
        format!("the ring {} at {}", self.ring, keepers.escape_debug())
    }

    fn concern(&self) -> Option<Concern> {
        let running = self.running.as_ref()?;
        running
            .shared
            .is_one_silent()
            .then_some(Concern::KeeperSilent)
    }

    async fn current(&mut self) -> Result<KeyRing, SourceError> {
        if let Some(ring) = self.look().await?.ring {
            return Ok(ring);
        }
        let in_use = self.running.as_ref().and_then(|it| it.shared.held());
        let missing = || SourceError::Unanswered {
            place: self.place(),
            reason: "no ring is in use".into(),
            hint: "ask again",
        };
        self.read(&in_use.ok_or_else(missing)?)
    }

    async fn look(&mut self) -> Result<Look, SourceError> {
        if self
            .running
            .as_ref()
            .is_none_or(|it| !it.shared.has_begun())
        {
            let first = self.first().await;
            if let (Ok(_), Some(running)) = (&first, &self.running) {
                running.shared.note_begun();
            }
            return first;
        }
        let running = self.begin()?;
        // What was refused is not in use, whatever this look brings.
        running.offered = None;
        let shared = Arc::clone(&running.shared);
        let taken = shared.newest();
        let is_alone = shared.is_alone();
        match taken {
            Some(taken) if !is_alone || !shared.is_in_use(&taken) => self.offer(taken),
            taken => {
                if let Some(mounted) = &mut self.mounted
                    && let Ok(ring) = mounted.current().await
                    && (!is_alone || ring.epoch() > shared.epoch_in_use())
                {
                    return Ok(Look {
                        ring: Some(ring),
                        list: taken.and_then(|it| it.list),
                    });
                }
                Err(self.unanswered(&shared))
            }
        }
    }

    async fn changed(&mut self) {
        match &self.running {
            Some(running) => running.shared.until_news().await,
            None => std::future::pending().await,
        }
    }

    fn accepted(&mut self, ring: &KeyRing) {
        if let Some(running) = &mut self.running {
            running.shared.note_epoch_in_use(ring.epoch());
            if let Some(taken) = running.offered.take() {
                self.relay.hold(&taken);
                running.shared.use_it(taken);
            }
        }
    }
}

/// How long keepers have before a replica starts with something else.
const HEAD_START: Duration = Duration::from_secs(2);
/// Less than a look at a source may take.
const ANSWER: Duration = Duration::from_secs(25);
