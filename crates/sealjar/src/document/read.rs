//! Reads a ring document. Errors give the place and repeat no value.

use std::collections::BTreeSet;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::FORMAT;
use super::cursor::{Cursor, ObjectCursor};
use super::instead::instead;
use super::json::{self, Node};
use crate::aead::Suite;
use crate::clock::Timestamp;
use crate::draft::{MAX_APPS, MAX_DOCUMENT, MAX_KEYS, NextKey, RingDraft, Timing};
use crate::error::RingError;
use crate::key::{Key, KeyId};
use crate::published;
use crate::revocation::{MAX_NAME, Revocations, SessionEntry, SubjectEntry};
use crate::ring_id::RingId;
use crate::ring_key::{Material, RingKey};

/// Reads the text. [`RingDraft::check`] checks later what must hold between fields.
///
/// `published`: whether to accept secrets that are public, as tests do.
pub(crate) fn read(text: &[u8], published: bool) -> Result<RingDraft, RingError> {
    if text.len() > MAX_DOCUMENT {
        return Err(RingError::TooLarge { size: text.len() });
    }
    let root = json::parse(text).map_err(|error| RingError::Syntax {
        reason: instead(text).map_or_else(|| error.to_string(), str::to_owned),
    })?;
    let root = Cursor::document(&root).object()?;
    let critical = read_format(&root)?;
    let mut keys = Vec::new();
    for key in root.field("keys")?.list(MAX_KEYS)? {
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

/// Reads what must be known before anything else can be read: the format, and the names of the
/// fields that must not be ignored.
fn read_format(root: &ObjectCursor<'_, '_>) -> Result<Vec<String>, RingError> {
    let unsupported = |reason: &str| {
        Err(RingError::UnsupportedFormat {
            reason: reason.into(),
        })
    };
    let Some(format) = root.optional("format") else {
        return Err(RingError::document(
            "format",
            "is missing, so this is no sealjar ring document",
        ));
    };
    if format.text()? != FORMAT {
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
        suite: match next_key.optional("suite") {
            // Only a keeper goes by it. A replica need not know it to use the ring.
            Some(suite) => Suite::from_name(suite.text()?).unwrap_or(Suite::Xaes256Gcm),
            None => Suite::Xaes256Gcm,
        },
    })
}

fn read_apps(root: &ObjectCursor<'_, '_>) -> Result<BTreeSet<String>, RingError> {
    let mut apps = BTreeSet::new();
    if let Some(list) = root.optional("apps") {
        for app in list.list(MAX_APPS)? {
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

/// Every field that this build knows, of any object.
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
