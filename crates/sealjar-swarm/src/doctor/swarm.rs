//! Does the swarm itself keep what it is given?

use crate::doctor::Finding;
use crate::doctor::facts::Facts;

/// A note, because the lock has its price: a manager that starts again waits for a person with the
/// key.
pub(crate) fn autolock(facts: &Facts) -> Vec<Finding> {
    let cluster = &facts.info["Swarm"]["Cluster"]["Spec"];
    if cluster["EncryptionConfig"]["AutoLockManagers"] == true {
        return Vec::new();
    }
    vec![Finding::note(
        "the managers are not locked",
        "the key to Swarm's log is on each manager's disk beside it, and every secret is in there: \
         anyone who gets a disk or a backup of one has the ring",
        "`docker swarm update --autolock=true`, and keep the key it prints",
    )]
}

pub(crate) fn managers(facts: &Facts) -> Vec<Finding> {
    let managers = facts.nodes.iter();
    let managers = managers.filter(|node| node["Spec"]["Role"] == "manager");
    let (what, why) = match managers.count() {
        1 => (
            "there is one manager".to_owned(),
            "while it is away no key is rotated and no replica replaced; visitors notice nothing",
        ),
        count if count % 2 == 0 => (
            format!("there are {count} managers"),
            "an even number survives no more failures than one manager less",
        ),
        _ => return Vec::new(),
    };
    let fix = "`docker node promote` or `demote` one: three survive one failure, five two";
    vec![Finding::note(what, why, fix)]
}
