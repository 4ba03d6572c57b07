//! Writes a ring document, leaving no copy of a secret behind.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::FORMAT;
use crate::aead::Suite;
use crate::base64url;
use crate::draft::{NextKey, RingDraft, Timing};
use crate::revocation::Revocations;
use crate::ring_key::{Material, RingKey};

/// Writes one line for each key, and the rest in the order in which a person would look for it.
pub(crate) fn write(ring: &RingDraft) -> Zeroizing<String> {
    // The string never grows: growing would leave copies of the secrets behind.
    let mut text = Zeroizing::new(String::with_capacity(written_bound(ring)));
    let Timing {
        rotate_every,
        distribution,
        skew,
    } = ring.timing;
    let critical: Vec<String> = ring.critical.iter().map(|name| quote(name)).collect();
    _ = write!(
        text,
        "{{\n  \"format\": \"{FORMAT}\",\n  \"critical\": [{}],\n  \"ring\": {},\n  ",
        critical.join(", "),
        quote(&ring.name),
    );
    if let Some(id) = ring.id {
        _ = write!(text, "\"ring_id\": \"{id}\",\n  ");
    }
    _ = write!(
        text,
        "\"epoch\": {},\n  \"issued_at\": \"{}\",\n  \"timing\": {{ \"rotate_every\": {rotate_every}, \
         \"distribution\": {distribution}, \"skew\": {skew} }},\n  ",
        ring.epoch, ring.issued_at,
    );
    if let Some(next_key) = ring.next_key {
        write_next_key(next_key, &mut text);
    }
    if !ring.apps.is_empty() {
        let apps: Vec<String> = ring.apps.iter().map(|app| quote(app)).collect();
        _ = write!(text, "\"apps\": [{}],\n  ", apps.join(", "));
    }
    text.push_str("\"keys\": [");
    for (at, key) in ring.keys.iter().enumerate() {
        text.push_str(if at == 0 { "\n    " } else { ",\n    " });
        write_key(key, &mut text);
    }
    text.push_str("\n  ],\n  \"revocations\": { ");
    write_revocations(&ring.revocations, &mut text);
    text.push_str(" }\n}\n");
    text
}

fn write_next_key(next_key: NextKey, text: &mut String) {
    let NextKey {
        lifetime,
        early,
        suite,
    } = next_key;
    _ = write!(
        text,
        "\"next_key\": {{ \"lifetime\": {lifetime}, \"early\": {early}"
    );
    if suite != Suite::Xaes256Gcm {
        _ = write!(text, ", \"suite\": \"{}\"", suite.as_str());
    }
    text.push_str(" },\n  ");
}

fn write_key(key: &RingKey, text: &mut String) {
    _ = write!(
        text,
        "{{ \"id\": \"{}\", \"suite\": {}, \"secret\": ",
        key.id(),
        quote(key.suite_name())
    );
    match key.material() {
        Material::Revoked { .. } => text.push_str("null"),
        Material::Unsupported { secret, .. } => text.push_str(&Zeroizing::new(quote(secret))),
        Material::Usable(key) => {
            text.push('"');
            text.push_str(&key.to_text());
            text.push('"');
        }
    }
    _ = write!(
        text,
        ", \"lifetime\": {}, \"staged_epoch\": {}, \"staged_at\": \"{}\"",
        key.lifetime, key.staged_epoch, key.staged_at
    );
    for (name, time) in [
        ("seals_from", key.seals_from),
        ("seals_until", key.seals_until),
        ("opens_until", key.opens_until),
    ] {
        _ = match time {
            Some(time) => write!(text, ", \"{name}\": \"{time}\""),
            None => write!(text, ", \"{name}\": null"),
        };
    }
    _ = write!(text, ", \"revoked\": {} }}", key.is_revoked());
}

fn write_revocations(revocations: &Revocations, text: &mut String) {
    let pepper = Zeroizing::new(base64url::encode(revocations.pepper()));
    _ = write!(
        text,
        "\"pepper\": \"{}\", \"horizon\": {}, \"floor\": ",
        *pepper, revocations.horizon
    );
    _ = match revocations.floor {
        Some(floor) => write!(text, "{}", floor.stored()),
        None => write!(text, "null"),
    };
    text.push_str(", \"subjects\": [");
    for (at, (app, entry)) in revocations.subjects().enumerate() {
        _ = write!(
            text,
            "{}[\"{}\",{},{}]",
            if at == 0 { "" } else { "," },
            base64url::encode(&entry.hash),
            quote(app),
            entry.born_before.stored()
        );
    }
    text.push_str("], \"sessions\": [");
    for (at, entry) in revocations.sessions().iter().enumerate() {
        _ = write!(
            text,
            "{}[\"{}\",{}]",
            if at == 0 { "" } else { "," },
            base64url::encode(&entry.id),
            entry.revoked_at.stored()
        );
    }
    text.push(']');
}

/// Writes a JSON string, with at most six characters for each byte.
fn quote(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON")
}

pub(super) fn written_bound(ring: &RingDraft) -> usize {
    let keys = ring.keys.iter().map(|key| {
        let secret = match key.material() {
            Material::Unsupported { secret, .. } => 6 * secret.len(),
            Material::Revoked { .. } | Material::Usable(_) => 0,
        };
        512 + 6 * key.suite_name().len() + secret
    });
    let subjects = ring
        .revocations
        .subjects()
        .map(|(app, _)| 40 + 6 * app.len());
    let names = ring.critical.iter().chain(&ring.apps);
    let names: usize = names.map(|name| 4 + 6 * name.len()).sum();
    // The first number covers all fields whose length is the same in every ring. A ring's name has
    // at most 24 characters.
    1024 + names
        + keys.sum::<usize>()
        + subjects.sum::<usize>()
        + 40 * ring.revocations.sessions().len()
}

#[cfg(test)]
mod tests;
