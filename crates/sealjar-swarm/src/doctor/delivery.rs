//! Does the ring get to those who need it, and to nobody else?

use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::service::{Mount, ServiceView};
use crate::store::SwarmStore;

pub(crate) fn begun(facts: &Facts) -> Vec<Finding> {
    let ring = &facts.subject.ring;
    let mut findings = Vec::new();
    if facts.head.is_none() {
        findings.push(Finding::note(
            format!("there is no ring {ring} yet"),
            "what services mount of it cannot be judged before",
            format!("`sealjar init --store swarm:{ring}` begins it"),
        ));
    }
    if facts.subject.services.is_empty() {
        findings.push(Finding::note(
            "no service is named, so that those are examined which mount the ring",
            "one that ought to mount it and does not is not seen",
            "name the keeper's services with --service or SEALJAR_SERVICES",
        ));
    }
    findings
}

pub(crate) fn listed(facts: &Facts) -> Vec<Finding> {
    let listed = &facts.subject.services;
    let missing = listed
        .iter()
        .filter(|name| !facts.services().any(|it| it.name() == *name));
    let missing = missing.map(|name| {
        Finding::hurts(
            "there is no service of this name",
            "the keeper passes it by, and whichever service was meant gets no new key",
            "write its name as `docker service ls` has it, with the stack's name before it",
        )
        .of(name)
    });
    let unlisted = facts
        .examined()
        .filter(|it| !listed.is_empty() && !facts.is_listed(it.name()));
    let unlisted = unlisted.map(|service| {
        Finding::hurts(
            "it mounts the ring, and the keeper is not told to bring it there",
            "it never gets a new key: visitors whose sessions others have sealed are strangers to it",
            "add it to the keeper's --service or SEALJAR_SERVICES, or take the ring away from it",
        )
        .of(service.name())
    });
    missing.chain(unlisted).collect()
}

pub(crate) fn mounted(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let ring = &facts.subject.ring;
    let mut mounts = service
        .mounts()
        .filter(|it| facts.epoch_of(it).is_some())
        .peekable();
    if mounts.peek().is_none() {
        // Before the ring is begun there is nothing to mount.
        facts.head.as_ref()?;
        return Some(Finding::hurts(
            format!("it mounts no secret of ring {ring}"),
            "its replicas have no ring, and the keeper stops at it: no key is rotated",
            format!(
                "mount the secret that `docker config inspect -f '{{{{.Spec.Labels.secret}}}}' \
                 {}` names, with the target {}",
                facts.names.head(),
                SwarmStore::TARGET
            ),
        ));
    }
    let is_astray =
        |mount: &Mount<'_>| mount.target() != SwarmStore::TARGET && !facts.is_export(mount);
    let elsewhere = mounts.find(is_astray)?;
    Some(Finding::hurts(
        format!("it mounts the ring as `{}`", elsewhere.target()),
        "the keeper does not look for it there, and stops at this service: no key is rotated",
        format!("mount it with `target: {}`", SwarmStore::TARGET),
    ))
}

pub(crate) fn kek(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let kek = service.mounts().find(|it| facts.is_kek(it))?;
    Some(Finding::hurts(
        format!("it mounts {}, which the ring is kept under", kek.secret()),
        "anyone who gets into one replica can read every key that is kept, those to come among them",
        "mount it in the keeper alone",
    ))
}

pub(crate) fn rollback(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let ring = &facts.subject.ring;
    let revoked_in = facts.head.as_ref()?.get("revoked-in");
    let revoked_in: u64 = revoked_in.and_then(|it| it.parse().ok()).unwrap_or(0);
    let previous = service.previous_mounts().find_map(|mount| {
        let epoch = facts.epoch_of(&mount)?;
        Some((mount.secret(), epoch))
    });
    let (secret, epoch) = previous?;
    let fix =
        format!("`sealjar run --once --store swarm:{ring}` overwrites what it would go back to");
    if !facts.secrets.iter().any(|it| it == secret) {
        return Some(Finding::note(
            format!("`docker service rollback` would want {secret}, which is deleted"),
            "the service cannot be rolled back, neither by a person nor by an update that fails",
            fix,
        ));
    }
    (epoch < revoked_in).then(|| {
        Finding::hurts(
            format!("`docker service rollback` would bring back {secret}"),
            "keys or sessions that were revoked since would open again",
            fix,
        )
    })
}
