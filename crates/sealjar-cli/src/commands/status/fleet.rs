//! Which epoch does each service have, and each of its replicas?

use sealjar_keeper::delivery::{Fleet, Replica, ServiceDelivery};
use serde_json::{Value, json};

use crate::output::page::{GREEN, PLAIN, Page, YELLOW};

/// Shows the services of a fleet, those that lag in another colour.
pub(super) fn show(page: &mut Page, fleet: &Fleet, epoch: u64) {
    if fleet.services.is_empty() {
        page.warning("  no service is listed: add --service NAME, or set SEALJAR_SERVICES");
        return;
    }
    table(page, fleet, epoch);
    show_keepers(page, fleet);
    explain(page, fleet);
}

fn table(page: &mut Page, fleet: &Fleet, epoch: u64) {
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let name = fleet.services.iter().flat_map(|service| {
        let replicas = service.replicas.iter().map(|it| it.name.len() + INDENT);
        replicas.chain([service.name.len()])
    });
    let name = longest(&mut name.chain(["service".len()]));
    let node = fleet.replicas().map(|it| it.node.len());
    let node = longest(&mut node.chain(["node".len()]));
    let state = fleet.services.iter().flat_map(|service| {
        let replicas = service.replicas.iter().map(|it| it.state.len());
        replicas.chain([state_of(service).len()])
    });
    let state = longest(&mut state.chain(["state".len()]));
    page.note(format_args!(
        "  {:name$}  {:node$}  {:state$}  epoch",
        "service", "node", "state"
    ));
    for service in &fleet.services {
        let (held, style) = held(service.epoch.unwrap_or(0), epoch);
        let state_style = match service.trouble {
            Some(_) => YELLOW,
            None => PLAIN,
        };
        page.pieces(&[
            (
                PLAIN,
                &format_args!("  {:name$}  {:node$}  ", service.name, ""),
            ),
            (state_style, &format_args!("{:state$}", state_of(service))),
            (PLAIN, &"  "),
            (style, &held),
        ]);
        for Replica {
            name: replica,
            node: on,
            state: at,
            epoch: holds,
        } in &service.replicas
        {
            let (held, style) = self::held(*holds, epoch);
            let replica = format!("{:INDENT$}{replica}", "");
            page.pieces(&[
                (
                    PLAIN,
                    &format_args!("  {replica:name$}  {on:node$}  {at:state$}  "),
                ),
                (style, &held),
            ]);
        }
    }
}

/// Says where the keepers run.
fn show_keepers(page: &mut Page, fleet: &Fleet) {
    for Replica {
        name, node, state, ..
    } in &fleet.keepers
    {
        page.line(format_args!("  the keeper {name} is on {node}, {state}"));
    }
}

/// Says why services do not get the ring, and what to do.
fn explain(page: &mut Page, fleet: &Fleet) {
    for service in &fleet.services {
        if let Some(trouble) = &service.trouble {
            page.blank();
            page.warning(format_args!(
                "service {} does not get the ring: {trouble}",
                service.name
            ));
            page.line(trouble.hint());
        }
    }
}

/// Says to machines where the keepers run.
pub(super) fn keepers_json(fleet: &Fleet) -> Value {
    let keeper = |it: &Replica| json!({ "name": it.name, "node": it.node, "state": it.state });
    fleet.keepers.iter().map(keeper).collect()
}

/// Says the same to machines.
pub(super) fn json(fleet: &Fleet) -> Value {
    let replica = |it: &Replica| json!({ "name": it.name, "node": it.node, "state": it.state, "epoch": it.epoch });
    let services = fleet.services.iter().map(|it| {
        json!({
            "name": it.name,
            "epoch": it.epoch,
            "roll_out": it.roll_out,
            "trouble": it.trouble.as_ref().map(ToString::to_string),
            "replicas": it.replicas.iter().map(replica).collect::<Vec<_>>(),
        })
    });
    services.collect()
}

fn state_of(service: &ServiceDelivery) -> &str {
    match (&service.roll_out, service.epoch) {
        (_, None) if service.replicas.is_empty() => "not there",
        (_, None) => "no ring",
        (Some(state), _) => state,
        (None, _) => "",
    }
}

/// Says which epoch is held, and how that looks beside the one that should be.
fn held(held: u64, epoch: u64) -> (String, anstyle::Style) {
    match held {
        0 => ("none".into(), YELLOW),
        held if held == epoch => (held.to_string(), GREEN),
        held => (format!("{held}, lags"), YELLOW),
    }
}

/// How far replicas are behind their service.
const INDENT: usize = 2;
