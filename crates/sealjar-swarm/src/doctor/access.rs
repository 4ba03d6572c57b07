//! Can the app read its ring, once it is mounted?

use serde_json::Value;

use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::service::ServiceView;

pub(crate) fn readable(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    let mut mounts = service.mounts();
    let mount = mounts.find(|it| facts.epoch_of(it).is_some())?;
    let file = Mounted::of(mount.file());
    let groups = service.container()["Groups"].as_array();
    let groups: Vec<&str> = groups
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let user = facts.user_of(service);
    let Mounted { mode, owner, group } = file;
    let held = format!("the ring's secret has mode {mode:04o} and owner {owner}:{group}");
    match (user, user.and_then(|user| file.opens_to(user, &groups))) {
        (_, Some(true)) => None,
        (Some(user), Some(false)) => Some(Finding::hurts(
            format!("{held}, and the app runs as {user}"),
            "it cannot read its ring: no replica starts, and an update is rolled back",
            "mount it with `mode: 0444`, or with the app's `uid` and `mode: 0400`",
        )),
        // Everybody can read what all classes can.
        _ if mode & EVERYBODY == EVERYBODY => None,
        _ => Some(Finding::note(
            format!("{held}, and what the app's user may read cannot be told from here"),
            "an app that cannot read its ring does not start",
            "mount it with `mode: 0444`, or write `user: \"UID:GID\"` in numbers",
        )),
    }
}

/// A secret's file in a container.
struct Mounted<'a> {
    mode: u64,
    owner: &'a str,
    group: &'a str,
}

impl<'a> Mounted<'a> {
    fn of(file: &'a Value) -> Self {
        let id = |which| file[which].as_str().unwrap_or("0");
        Self {
            mode: file["Mode"].as_u64().unwrap_or(EVERYBODY),
            owner: id("UID"),
            group: id("GID"),
        }
    }

    /// Returns whether a user can read it, `None` if only the image's own list of users tells.
    fn opens_to(&self, user: &str, more_groups: &[&str]) -> Option<bool> {
        let (user, group) = match user.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (user, None),
        };
        if ["", "0", "root"].contains(&user) {
            return Some(true);
        }
        let number = |text: &str| text.parse::<u32>().ok();
        // For the owner only the owner's bits count, and for a member of the group only the
        // group's.
        if number(user)? == number(self.owner)? {
            return Some(self.mode & 0o400 != 0);
        }
        let mut groups = vec![group.and_then(number)];
        groups.extend(more_groups.iter().map(|it| number(it)));
        let [as_member, as_other] = [0o040, 0o004].map(|bit| self.mode & bit != 0);
        if groups.contains(&Some(number(self.group)?)) {
            Some(as_member)
        } else if groups.contains(&None) && as_member != as_other {
            None
        } else {
            Some(as_other)
        }
    }
}

/// Docker's own.
const EVERYBODY: u64 = 0o444;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_reads_by_the_one_class_that_is_theirs() {
        let mounted = |mode, owner, group| Mounted { mode, owner, group };
        for (mode, owner, group, user, groups, opens) in [
            (0o444, "0", "0", "1000", &[][..], Some(true)),
            (0o400, "0", "0", "1000:1000", &[], Some(false)),
            (0o400, "0", "0", "", &[], Some(true)),
            (0o400, "0", "0", "root", &[], Some(true)),
            (0o400, "1000", "0", "0:0", &[], Some(true)),
            (0o400, "1000", "0", "1000", &[], Some(true)),
            // The owner is not asked about the group's bits or the others'.
            (0o044, "1000", "1000", "1000:1000", &[], Some(false)),
            (0o440, "0", "1000", "1001:1000", &[], Some(true)),
            (0o440, "0", "1000", "1001:1001", &["1000"], Some(true)),
            (0o440, "0", "1000", "1001:1001", &["1002"], Some(false)),
            (0o404, "0", "1000", "1001:1000", &[], Some(false)),
            // Only the image tells which group 1001 is in, and who `web` is.
            (0o440, "0", "1000", "1001", &[], None),
            (0o404, "0", "1000", "1001:web", &[], None),
            (0o444, "0", "1000", "1001", &["web"], Some(true)),
            (0o400, "0", "0", "web", &[], None),
        ] {
            let file = mounted(mode, owner, group);
            let said = file.opens_to(user, groups);
            assert_eq!(said, opens, "{mode:o} {owner}:{group} {user} {groups:?}");
        }
    }
}
