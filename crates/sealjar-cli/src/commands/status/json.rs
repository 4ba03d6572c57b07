//! How is the ring, for machines?

use sealjar::Timestamp;
use sealjar_keeper::Report;
use sealjar_keeper::delivery::Delivery;
use sealjar_keeper::store::Place;
use serde_json::{Value, json};

use crate::commands::status::{RingView, fleet, list, pending};

impl RingView<'_> {
    pub(super) fn json(&self) -> Value {
        let Report {
            ring,
            policy,
            outlook,
            now,
            ..
        } = self.report;
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let keys = outlook.keys.iter().map(|key| {
            let held = ring.keys().iter().find(|it| it.id() == key.id);
            let (next, at) = self.next(key);
            json!({
                "id": key.id.to_string(),
                "suite": held.map(|it| it.suite_name()),
                "lifetime": held.map(|it| it.lifetime),
                "phase": key.phase.as_str(),
                "since": key.since.to_string(),
                "until": text(key.until),
                "gone_from": text(key.gone_from),
                "next": next,
                "next_at": text(at),
            })
        });
        let mut json = json!({
            "ring": ring.name(),
            "epoch": ring.epoch(),
            "issued_at": ring.issued_at().to_string(),
            "now": now.to_string(),
            "policy": {
                "rotate_every": policy.timing().rotate_every,
                "distribution": policy.timing().distribution,
                "skew": policy.timing().skew,
                "token_lifetime": policy.token_lifetime(),
                "revocation_horizon": policy.revocation_horizon(),
                "suite": policy.suite().as_str(),
                "pending": pending::json(self.report),
            },
            "delivery": {
                "published_at": text(self.published_at),
                // Where replicas say what they hold, there is no time to wait for.
                "held_from": text(outlook.held_from.filter(|_| self.published_at.is_some())),
                "held": outlook.held_from.is_some_and(|from| from <= *now),
                "lagging": self.lagging,
                "found": self.report.found.name(),
            },
            "revocations": {
                "subjects": ring.revocations().subject_entries(),
                "sessions": ring.revocations().session_entries(),
                "floor": text(ring.revocations().floor),
            },
            "list": list::json(self.report),
            "rotation_due": outlook.rotation_due.to_string(),
            "overdue": self.overdue_since.is_some(),
            "keys": keys.collect::<Vec<_>>(),
        });
        if let Delivery::Acknowledged(fleet) = &self.report.delivery {
            json["services"] = fleet::json(fleet);
            json["keepers"] = fleet::keepers_json(fleet);
        }
        if let Place::Secret { name, keks } = &self.report.place {
            json["secret"] = json!(name);
            json["keks"] = json!(keks);
        }
        json
    }
}
