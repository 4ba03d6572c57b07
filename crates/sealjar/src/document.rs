//! How is a ring written down? JSON, format `sealjar-ring/1`.

mod instead;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::aead::Suite;
use crate::base64url;
use crate::clock::Timestamp;
use crate::cursor::{Cursor, ObjectCursor};
use crate::document::instead::instead;
use crate::draft::{NextKey, RingDraft, Timing};
use crate::error::RingError;
use crate::json::{self, Node};
use crate::key::{Key, KeyId};
use crate::published;
use crate::revocation::{MAX_NAME, Revocations, SessionEntry, SubjectEntry};
use crate::ring::KeyRing;
use crate::ring_id::RingId;
use crate::ring_key::{Material, RingKey};

/// Reads the text. What holds between fields is checked by [`RingDraft::build`].
///
/// `published` says whether secrets that everybody knows are taken, as in tests.
pub(crate) fn read(text: &[u8], published: bool) -> Result<RingDraft, RingError> {
    if text.len() > KeyRing::MAX_DOCUMENT {
        return Err(RingError::TooLarge { size: text.len() });
    }
    let root = json::parse(text).map_err(|error| RingError::Syntax {
        reason: instead(text).map_or_else(|| error.to_string(), str::to_owned),
    })?;
    let root = Cursor::document(&root).object()?;
    let critical = read_format(&root)?;
    let mut keys = Vec::new();
    for key in root.field("keys")?.list(KeyRing::MAX_KEYS)? {
        keys.push(read_key(&key.object()?, published)?);
    }
    Ok(RingDraft {
        critical,
        name: root.field("ring")?.text()?.to_owned(),
        id: match root.optional("ring_id") {
            Some(id) => Some(RingId::from_bytes(id.bytes()?)),
            None => None,
        },
        epoch: root.field("epoch")?.integer()?,
        issued_at: root.field("issued_at")?.time()?,
        timing: read_timing(&root.field("timing")?.object()?)?,
        next_key: match root.optional("next_key") {
            Some(next_key) => Some(read_next_key(&next_key.object()?)?),
            None => None,
        },
        apps: read_apps(&root)?,
        keys,
        revocations: read_revocations(&root.field("revocations")?.object()?)?,
    })
}

/// Writes one line for each key, and the rest as a person would look for it.
pub(crate) fn write(ring: &RingDraft) -> Zeroizing<String> {
    // Never grows: growing would leave copies of the secrets behind.
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
    if let Some(NextKey { lifetime, early }) = ring.next_key {
        _ = write!(
            text,
            "\"next_key\": {{ \"lifetime\": {lifetime}, \"early\": {early} }},\n  "
        );
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

/// Reads what has to be understood before anything else may be: the format, and the names of the fields
/// that must not be ignored.
fn read_format(root: &ObjectCursor<'_, '_>) -> Result<Vec<String>, RingError> {
    let unsupported = |reason: &str| {
        Err(RingError::UnsupportedFormat {
            reason: reason.into(),
        })
    };
    if root.field("format")?.text()? != FORMAT {
        return unsupported("this build reads the format \"sealjar-ring/1\" only");
    }
    let mut critical = Vec::new();
    for name in root.field("critical")?.list(FIELDS.len())? {
        let name = name.text()?;
        if !FIELDS.contains(&name) {
            return unsupported(&if json::is_plain(name) {
                format!("the critical field \"{name}\" is not known to this build")
            } else {
                "a critical field is not known to this build".to_owned()
            });
        }
        critical.push(name.to_owned());
    }
    Ok(critical)
}

fn read_timing(timing: &ObjectCursor<'_, '_>) -> Result<Timing, RingError> {
    Ok(Timing {
        rotate_every: timing.field("rotate_every")?.seconds()?,
        distribution: timing.field("distribution")?.seconds()?,
        skew: timing.field("skew")?.seconds()?,
    })
}

fn read_next_key(next_key: &ObjectCursor<'_, '_>) -> Result<NextKey, RingError> {
    Ok(NextKey {
        lifetime: next_key.field("lifetime")?.seconds()?,
        early: next_key.field("early")?.bool()?,
    })
}

fn read_apps(root: &ObjectCursor<'_, '_>) -> Result<BTreeSet<String>, RingError> {
    let mut apps = BTreeSet::new();
    if let Some(list) = root.optional("apps") {
        for app in list.list(KeyRing::MAX_APPS)? {
            apps.insert(read_name(&app)?.to_owned());
        }
    }
    Ok(apps)
}

/// Reads the name of an application, which is hashed with its length in 16 bits.
fn read_name<'text>(name: &Cursor<'text, '_>) -> Result<&'text str, RingError> {
    let text = name.text()?;
    if text.len() > MAX_NAME {
        let length = text.len();
        return name.refuse(&format!("is {length} bytes long, the limit is {MAX_NAME}"));
    }
    Ok(text)
}

fn read_key(key: &ObjectCursor<'_, '_>, published: bool) -> Result<RingKey, RingError> {
    let id_cursor = key.field("id")?;
    let id: KeyId = id_cursor.parsed()?;
    let mut ring_key = RingKey::new(
        id,
        read_material(key, id, &id_cursor, published)?,
        key.field("lifetime")?.seconds()?,
        key.field("staged_epoch")?.integer()?,
        key.field("staged_at")?.time()?,
    );
    ring_key.seals_from = key.field("seals_from")?.time_or_null()?;
    ring_key.seals_until = key.field("seals_until")?.time_or_null()?;
    ring_key.opens_until = key.field("opens_until")?.time_or_null()?;
    Ok(ring_key)
}

fn read_material(
    key: &ObjectCursor<'_, '_>,
    id: KeyId,
    id_cursor: &Cursor<'_, '_>,
    published: bool,
) -> Result<Material, RingError> {
    let suite = key.field("suite")?.text()?;
    let secret = key.field("secret")?;
    if key.field("revoked")?.bool()? {
        return if matches!(secret.node, Node::Null) {
            Ok(Material::Revoked {
                suite: suite.into(),
            })
        } else {
            secret.refuse("must be null, because the key is revoked")
        };
    }
    if matches!(secret.node, Node::Null) {
        return secret.refuse("is null, and the key is not revoked");
    }
    let Some(known) = Suite::from_name(suite) else {
        return Ok(Material::Unsupported {
            suite: suite.into(),
            secret: Arc::new(Zeroizing::new(secret.text()?.to_owned())),
        });
    };
    let material =
        Key::from_text(known, secret.text()?).or_else(|error| secret.refuse(&error.to_string()))?;
    if material.id() != id {
        return id_cursor.refuse("is not the id of this secret and suite");
    }
    if !published && material.is_published() {
        return secret.refuse(published::REASON);
    }
    Ok(Material::Usable(Arc::new(material)))
}

fn read_revocations(object: &ObjectCursor<'_, '_>) -> Result<Revocations, RingError> {
    let pepper = Zeroizing::new(object.field("pepper")?.bytes()?);
    let mut revocations = Revocations::new(pepper, object.field("horizon")?.seconds()?);
    revocations.floor = object.field("floor")?.stored_time_or_null()?;
    for entry in object.field("subjects")?.list(Revocations::MAX_ENTRIES)? {
        let [hash, app, born_before] = entry.tuple()?;
        let entry = SubjectEntry {
            hash: hash.bytes()?,
            born_before: Timestamp::from_stored(born_before.seconds()?),
        };
        revocations.insert_subject(read_name(&app)?, entry);
    }
    for entry in object.field("sessions")?.list(Revocations::MAX_ENTRIES)? {
        let [id, revoked_at] = entry.tuple()?;
        revocations.insert_session(SessionEntry {
            id: id.bytes()?,
            revoked_at: Timestamp::from_stored(revoked_at.seconds()?),
        });
    }
    Ok(revocations)
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

/// Writes a JSON string. At most six characters for each byte.
fn quote(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON")
}

fn written_bound(ring: &RingDraft) -> usize {
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
    // The first number is for all that has its length in every ring. A ring's name is no longer than 24.
    1024 + names
        + keys.sum::<usize>()
        + subjects.sum::<usize>()
        + 40 * ring.revocations.sessions().len()
}

const FORMAT: &str = "sealjar-ring/1";

/// Every field this build understands, whatever object it stands in.
const FIELDS: [&str; 30] = [
    "format",
    "critical",
    "ring",
    "ring_id",
    "epoch",
    "issued_at",
    "timing",
    "rotate_every",
    "distribution",
    "skew",
    "next_key",
    "early",
    "apps",
    "keys",
    "id",
    "suite",
    "secret",
    "lifetime",
    "staged_epoch",
    "staged_at",
    "seals_from",
    "seals_until",
    "opens_until",
    "revoked",
    "revocations",
    "pepper",
    "horizon",
    "floor",
    "subjects",
    "sessions",
];

#[cfg(test)]
mod tests;
