//! How do the use counts reach an operator's dashboard? Through the `metrics` facade.

use sealjar::RefusalCounts;

use crate::data::SessionData;
use crate::jar::Jar;

impl<T: SessionData> Jar<T> {
    /// Gives what [`uses`](Self::uses) counts to the recorder of the `metrics` facade that the
    /// application has installed. Call it whenever metrics are read, or on a timer: requests do not.
    ///
    /// The counters are `sealjar_tokens_sealed_total` and `sealjar_tokens_opened_total` with the labels
    /// `cookie` and `key_id`, and `sealjar_tokens_refused_total` with `kind` besides, whose `key_id` is
    /// `none` for what is of no one key. They are set, not added to, so that calling twice counts once.
    /// Jars with one cookie name write to the same counters. Visitors cannot make new ones: ids that the
    /// ring does not hold are not told apart.
    pub fn record_metrics(&self) {
        metrics::describe_counter!(SEALED, "Tokens sealed with each key.");
        metrics::describe_counter!(OPENED, "Tokens that opened under each key.");
        metrics::describe_counter!(REFUSED, "Tokens refused, for each key and reason.");
        let uses = self.uses();
        for key in &uses.keys {
            let id = key.id.to_string();
            for (name, count) in [(SEALED, key.sealed), (OPENED, key.opened)] {
                let cookie = self.cookie_name().to_owned();
                metrics::counter!(name, "cookie" => cookie, "key_id" => id.clone()).absolute(count);
            }
            self.record_refused(&id, &key.refused);
        }
        self.record_refused("none", &uses.refused);
    }

    fn record_refused(&self, id: &str, refused: &RefusalCounts) {
        for (kind, count) in refused.iter() {
            let labels = [
                ("cookie", self.cookie_name().to_owned()),
                ("kind", kind.as_str().to_owned()),
                ("key_id", id.to_owned()),
            ];
            metrics::counter!(REFUSED, &labels).absolute(count);
        }
    }
}

const SEALED: &str = "sealjar_tokens_sealed_total";
const OPENED: &str = "sealjar_tokens_opened_total";
const REFUSED: &str = "sealjar_tokens_refused_total";
