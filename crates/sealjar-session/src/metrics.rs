//! How do the use counts reach an operator's dashboard? Through the `metrics` facade.

use sealjar::{RefusalCounts, Uses};

use crate::legacy::LegacyUses;
use crate::refusal::SessionRefusalKind;

/// Sets the counters of one jar.
pub(crate) fn record(cookie: &str, uses: &Uses<SessionRefusalKind>, legacy: &[LegacyUses]) {
    metrics::describe_counter!(SEALED, "Tokens sealed with each key.");
    metrics::describe_counter!(OPENED, "Tokens that opened under each key.");
    metrics::describe_counter!(REFUSED, "Tokens refused, for each key and reason.");
    for key in &uses.keys {
        let id = key.id.to_string();
        for (name, count) in [(SEALED, key.sealed), (OPENED, key.opened)] {
            metrics::counter!(name, "cookie" => cookie.to_owned(), "key_id" => id.clone())
                .absolute(count);
        }
        record_refused(cookie, &id, &key.refused);
    }
    record_refused(cookie, "none", &uses.refused);
    if legacy.is_empty() {
        return;
    }
    metrics::describe_counter!(LEGACY, "Sessions that came in a former library's cookie.");
    for of in legacy {
        let labels = [
            ("cookie", cookie.to_owned()),
            ("legacy_cookie", of.cookie_name.clone()),
        ];
        metrics::counter!(LEGACY, &labels).absolute(of.opened);
    }
}

fn record_refused(cookie: &str, id: &str, refused: &RefusalCounts<SessionRefusalKind>) {
    for (kind, count) in refused.iter() {
        let labels = [
            ("cookie", cookie.to_owned()),
            ("kind", kind.as_str().to_owned()),
            ("key_id", id.to_owned()),
        ];
        metrics::counter!(REFUSED, &labels).absolute(count);
    }
}

const LEGACY: &str = "sealjar_legacy_cookies_opened_total";
const SEALED: &str = "sealjar_tokens_sealed_total";
const OPENED: &str = "sealjar_tokens_opened_total";
const REFUSED: &str = "sealjar_tokens_refused_total";
