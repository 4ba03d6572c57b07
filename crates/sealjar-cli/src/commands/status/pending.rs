//! What has been asked for that does not hold yet, and when will it?

use sealjar::Suite;
use sealjar_keeper::HumanDuration;
use sealjar_keeper::Report;
use sealjar_keeper::plan::Begins;
use sealjar_keeper::policy::PolicySettings;
use serde_json::{Value, json};

use crate::output::page::{DIM, PLAIN, Page, YELLOW};
use crate::output::relative_time::moment;

/// Shows a lifetime or a suite of tokens that is yet to come, and a policy that the ring does not
/// have yet.
pub(super) fn show(page: &mut Page, report: &Report) {
    let adoption = report.outlook.adoption;
    let wanted = HumanDuration::from_secs(adoption.lifetime);
    let begins = match adoption.begins {
        Begins::Already => None,
        Begins::At(time) => Some(format!("from {}", moment(time, report.now))),
        Begins::OnceHeld => Some("once every replica holds the standby".into()),
    };
    if let Some(begins) = begins {
        let mut changes = Vec::new();
        if adoption.lifetime_now != adoption.lifetime {
            changes.push(format!("tokens live {wanted} {begins}"));
        }
        if adoption.suite_now != Some(adoption.suite) {
            let suite = adoption.suite.as_str();
            changes.push(format!("tokens are sealed with {suite} {begins}"));
        }
        for (at, change) in changes.iter().enumerate() {
            let label = if at == 0 { "pending" } else { "" };
            page.fact_of(label, &[(YELLOW, change)]);
        }
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
    if adoption.lifetime > horizon {
        let horizon = HumanDuration::from_secs(horizon);
        page.warning(format_args!(
            "  no session lives longer than revocation-horizon, {horizon}: raise that too"
        ));
    }
}

/// Says the same to machines.
pub(super) fn json(report: &Report) -> Value {
    let adoption = report.outlook.adoption;
    let begins = adoption.begins.time().map(|it| it.to_string());
    let is_lifetime_in_force = adoption.lifetime_now == adoption.lifetime;
    let is_suite_in_force = adoption.suite_now == Some(adoption.suite);
    json!({
        "token_lifetime_now": adoption.lifetime_now,
        "token_lifetime_from": begins.as_ref().filter(|_| !is_lifetime_in_force),
        "is_token_lifetime_in_force": is_lifetime_in_force,
        "suite_now": adoption.suite_now.map(Suite::as_str),
        "suite_from": begins.as_ref().filter(|_| !is_suite_in_force),
        "is_suite_in_force": is_suite_in_force,
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

/// Whether the ring keeps the policy, so that the next keeper finds it there whatever its flags
/// are.
fn is_in_ring(report: &Report) -> bool {
    let kept = PolicySettings::default().resolve(Some(&report.ring));
    kept.is_ok_and(|kept| kept == report.policy)
}
