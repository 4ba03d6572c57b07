//! Do real sealers agree with the ledger?

use std::time::Duration;

use sealjar::{Timestamp, Token};

use crate::faults::Dice;
use crate::ledger::judge;
use crate::replica::Replica;
use crate::watch::{Class, Watch};

/// Real tokens, sealed by some replicas and opened by others.
#[derive(Debug, Default)]
pub(crate) struct Probes(Vec<Probe>);

#[derive(Debug)]
struct Probe {
    token: Token,
    sealed_at: Timestamp,
    expires_at: Timestamp,
}

impl Probes {
    /// Seals a token on one replica, and opens an earlier one on another.
    pub(crate) fn take(
        &mut self,
        replicas: &[Replica],
        classes: &[Class],
        watch: &Watch,
        dice: &mut Dice,
    ) {
        if classes.is_empty() {
            return;
        }
        let sealing = classes[dice.index(classes.len())];
        let ring = watch.document(sealing.epoch).ring();
        if let (Some(process), Some(key)) = (
            replicas[sealing.member].process(),
            ring.sealing_key(sealing.clock),
        ) {
            let ttl = Duration::from_secs(key.lifetime.into());
            let token = process
                .sealer
                .seal_at(b"probe", ttl, sealing.clock)
                .unwrap();
            assert_eq!(
                token.key_id(),
                key.id(),
                "a replica seals with another key than its document says"
            );
            let probe = Probe {
                token,
                sealed_at: sealing.clock,
                expires_at: sealing.clock.saturating_add(key.lifetime),
            };
            match self.0.len() < KEPT {
                true => self.0.push(probe),
                false => self.0[dice.index(KEPT)] = probe,
            }
        }
        let opening = classes[dice.index(classes.len())];
        let Some(process) = replicas[opening.member].process() else {
            return;
        };
        for _ in 0..2.min(self.0.len()) {
            let probe = &self.0[dice.index(self.0.len())];
            let ring = watch.document(opening.epoch).ring();
            let Probe {
                sealed_at,
                expires_at,
                token,
            } = probe;
            // A plain token is born when it is sealed.
            let is_floored = ring
                .revocations()
                .floor
                .is_some_and(|floor| *sealed_at < floor);
            let expected = match judge(ring, token.key_id(), *sealed_at, *expires_at, opening.clock)
            {
                Ok(()) if is_floored => &["revoked_all"],
                Ok(()) => &[] as &[&str],
                Err(reason) => reason.kinds(),
            };
            let found = process.sealer.open_token_at(token, opening.clock).err();
            let agrees = match &found {
                None => expected.is_empty(),
                Some(error) => expected.contains(&error.kind().as_str()),
            };
            assert!(
                agrees,
                "a sealer says {found:?} where the ledger says {expected:?}"
            );
        }
    }
}

/// How many tokens are kept at once.
const KEPT: usize = 64;
