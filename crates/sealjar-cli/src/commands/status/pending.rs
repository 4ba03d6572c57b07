//! What has been asked for that does not hold yet, and when will it?

use sealjar_keeper::HumanDuration;
use sealjar_keeper::Report;
use sealjar_keeper::plan::Begins;
use sealjar_keeper::policy::PolicySettings;
use serde_json::{Value, json};

use crate::output::page::{DIM, PLAIN, Page, YELLOW};
use crate::output::relative_time::moment;

/// Shows a lifetime of tokens that is yet to come, and a policy that the ring does not have yet.
pub(super) fn show(page: &mut Page, report: &Report) {
    let lifetime = report.outlook.lifetime;
    let wanted = HumanDuration::from_secs(lifetime.wanted);
    let begins = match lifetime.begins {
        Begins::Already => None,
        Begins::At(time) => Some(format!("from {}", moment(time, report.now))),
        Begins::OnceHeld => Some("once every replica holds the standby".into()),
    };
    if let Some(begins) = begins {
        page.fact_of(
            "pending",
            &[(YELLOW, &format_args!("tokens live {wanted} {begins}"))],
        );
        if !is_early(report) {
            page.fact_of(
                "",
                &[(DIM, &"`sealjar rotate --adopt-policy` brings that forward")],
            );
        }
    }
    if !is_in_ring(report) {
        page.fact_of(
            "",
            &[
                (
                    YELLOW,
                    &"this policy is asked for here, and is not in the ring: ",
                ),
                (
                    PLAIN,
                    &"the next epoch takes it from the keeper that makes it",
                ),
            ],
        );
    }
    let horizon = report.policy.revocation_horizon();
    if lifetime.wanted > horizon {
        let horizon = HumanDuration::from_secs(horizon);
        page.warning(format_args!(
            "  no session lives longer than revocation-horizon, {horizon}: raise that too"
        ));
    }
}

/// Says the same to machines.
pub(super) fn json(report: &Report) -> Value {
    let lifetime = report.outlook.lifetime;
    json!({
        "token_lifetime_now": lifetime.now,
        "token_lifetime_from": lifetime.begins.time().map(|it| it.to_string()),
        "is_token_lifetime_in_force": lifetime.begins == Begins::Already,
        "is_early": is_early(report),
        "is_in_ring": is_in_ring(report),
    })
}

fn is_early(report: &Report) -> bool {
    report
        .ring
        .next_key()
        .is_some_and(|next_key| next_key.early)
}

/// Whether the ring keeps the policy, so that it goes on whatever the next keeper is told.
fn is_in_ring(report: &Report) -> bool {
    let kept = PolicySettings::default().resolve(Some(&report.ring));
    kept.is_ok_and(|kept| kept == report.policy)
}
