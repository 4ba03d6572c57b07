//! How far has an epoch come, and how long will the rest take?

use sealjar_keeper::delivery::{Delivery, ServiceDelivery};
use sealjar_keeper::{HumanDuration, Report};
use serde_json::{Value, json};

/// How far an epoch has come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RollOut {
    epoch: u64,
    services: Vec<Service>,
    /// `None` where no service says how fast it is updated.
    seconds_left: Option<u32>,
}

/// A service, and how many of its replicas have the epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Service {
    name: String,
    have: usize,
    all: usize,
}

impl RollOut {
    /// Reads it from a report. `at_once`: no service waits for another. `None` where nothing rolls
    /// out.
    pub(crate) fn of(report: &Report, epoch: u64, at_once: bool) -> Option<Self> {
        let Delivery::Acknowledged(fleet) = &report.delivery else {
            return None;
        };
        let service = |it: &ServiceDelivery| Service {
            name: it.name.clone(),
            have: it.replicas.iter().filter(|it| it.epoch >= epoch).count(),
            all: it.replicas.len(),
        };
        Some(Self {
            epoch,
            services: fleet.services.iter().map(service).collect(),
            seconds_left: fleet.seconds_left(epoch, at_once),
        })
    }

    /// Whether another replica has the epoch since `before`.
    pub(crate) fn goes_further_than(&self, before: Option<&Self>) -> bool {
        before.is_none_or(|before| before.services != self.services)
    }

    /// Says it to people, on one line.
    pub(crate) fn words(&self) -> String {
        let services = self.services.iter().filter(|it| it.all > 0);
        let services = services.map(|it| format!("{} {} of {}", it.name, it.have, it.all));
        let services: Vec<String> = services.collect();
        let mut words = format!(
            "replicas with epoch {}: {}",
            self.epoch,
            services.join(", ")
        );
        match self.seconds_left {
            None => {}
            Some(0) => words += ", all of them",
            Some(left) => words += &format!(", about {} left", HumanDuration::from_secs(left)),
        }
        words
    }

    /// Says it to machines.
    pub(crate) fn json(&self) -> Value {
        let services = self
            .services
            .iter()
            .map(|it| json!({ "name": it.name, "have": it.have, "replicas": it.all }));
        json!({ "roll_out": {
            "epoch": self.epoch,
            "seconds_left": self.seconds_left,
            "services": services.collect::<Vec<_>>(),
        }})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_who_has_the_epoch_and_how_long_the_rest_takes() {
        let service = |name: &str, have| Service {
            name: name.into(),
            have,
            all: 10,
        };
        let begun = RollOut {
            epoch: 7,
            services: vec![service("shop_web", 3), service("blog_web", 0)],
            seconds_left: Some(73),
        };
        assert_eq!(
            begun.words(),
            "replicas with epoch 7: shop_web 3 of 10, blog_web 0 of 10, about 1m 13s left"
        );
        assert_eq!(begun.json()["roll_out"]["services"][0]["have"], 3);
        assert_eq!(begun.json()["roll_out"]["seconds_left"], 73);
        assert!(begun.goes_further_than(None));
        // Time alone is no progress.
        let later = RollOut {
            seconds_left: Some(72),
            ..begun.clone()
        };
        assert!(!later.goes_further_than(Some(&begun)));
        let done = RollOut {
            services: vec![service("shop_web", 10), service("blog_web", 10)],
            seconds_left: Some(0),
            ..begun.clone()
        };
        assert!(done.goes_further_than(Some(&begun)));
        assert!(done.words().ends_with(", all of them"));
    }
}
