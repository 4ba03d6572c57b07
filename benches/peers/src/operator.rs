//! Manages and rotates a contender's keys.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::contenders::Rotation;
use crate::fleet::Fleet;
use crate::keys::Keys;
use crate::ring::Ring;

/// The keys that replicas start with, and how they change.
pub(crate) struct Operator {
    file: PathBuf,
    rotation: Rotation,
    keys: Keys,
    ring: Option<Ring>,
}

impl Operator {
    /// Makes the first keys, and starts the keeper if the contender has one.
    pub(crate) fn begin(place: &Path, rotation: Rotation) -> io::Result<Self> {
        let file = place.join("keys.json");
        let keys = Keys::generate()?;
        let ring = if rotation == Rotation::Keeper {
            Some(Ring::rotating(file.clone())?)
        } else {
            keys.write(&file)?;
            None
        };
        Ok(Self {
            file,
            rotation,
            keys,
            ring,
        })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Rotates once, with as many roll-outs as needed.
    pub(crate) fn rotate(&mut self, fleet: &mut Fleet, pause: Duration) -> io::Result<()> {
        match self.rotation {
            Rotation::Fallback => self.keys.lead()?,
            Rotation::Keeper | Rotation::NoKey => {}
            Rotation::Replace => self.keys.replace()?,
            Rotation::Twice => {
                self.keys.stage()?;
                self.keys.write(&self.file)?;
                fleet.roll(pause)?;
                self.keys.promote();
            }
        }
        match &mut self.ring {
            Some(ring) => ring.rotated()?,
            None => self.keys.write(&self.file)?,
        }
        fleet.roll(pause)
    }
}
