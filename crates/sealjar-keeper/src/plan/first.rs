//! What does the first epoch of a ring say?

use sealjar::keeper::{NextKey, RingDraft};
use sealjar::{RandomError, Revocations, RingKey, Timestamp};

use crate::plan::{Change, Mint};
use crate::policy::RotationPolicy;
use crate::refusal::Refused;
use crate::step::Step;

/// Makes the first epoch of a ring: a key that seals at once, and its standby.
///
/// # Errors
/// [`Refused::Random`], and [`Refused::Ring`] for a name that a ring cannot have.
pub(crate) fn first(
    name: &str,
    policy: &RotationPolicy,
    now: Timestamp,
    mint: &Mint,
) -> Result<Change, Refused> {
    let epoch = u64::from(now.stored());
    let staged = || {
        let key = mint(policy.suite())?;
        Ok::<_, RandomError>(RingKey::standby(key, policy.token_lifetime(), epoch, now))
    };
    let (mut sealing, standby) = (staged()?, staged()?);
    let from = now.saturating_sub(policy.timing().skew);
    sealing.seals_from = Some(from);
    let steps = vec![
        Step::Promoted {
            key: sealing.id(),
            from,
        },
        Step::Staged { key: standby.id() },
    ];
    let mut draft = RingDraft {
        issued_at: now,
        timing: policy.timing(),
        next_key: Some(NextKey {
            lifetime: policy.token_lifetime(),
            early: false,
            suite: policy.suite(),
        }),
        keys: vec![sealing, standby],
        revocations: Revocations::generate(policy.revocation_horizon())?,
        ..RingDraft::named(name, epoch)?
    };
    draft.keep_id();
    Ok(Change {
        ring: draft.build()?,
        steps,
    })
}
