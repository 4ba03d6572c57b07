//! How does a replica ask a keeper to revoke?
//!
//! ```text
//! request = key id(16) ‖ nonce(16) ‖ instance(16) ‖ u32(time) ‖ u16(n) ‖ n records
//!           ‖ HMAC(ring-ask, "revoke" ‖ 00 ‖ all before)
//! record  = u8(kind) ‖ id or hash(8) ‖ u32(time)
//!           kind 1: a session and its birth          kind 2: a subject and "born before"
//!           kind 3: a session of unknown birth, and 0
//! ```

mod outcome;

use std::fmt;

use hkdf::hmac::Mac as _;
use sealjar::{KeyId, Revocation, Timestamp};

use crate::bytes::Reader;
use crate::key::DeliveryKey;
use crate::question::Instance;

pub use outcome::{RevokeOutcome, RevokeRefusal};

/// A request of a replica to put sessions and people on the list of revocations.
///
/// Each record has its own time, so a keeper that gets a recorded request again changes nothing.
///
/// # Examples
/// ```
/// use sealjar::{Revocation, Timestamp};
/// use sealjar_follow::{Instance, RevokeRequest, SpeakerKey, UncheckedRevokeRequest};
///
/// let speaker = SpeakerKey::generate()?;
/// let now = Timestamp::now()?;
/// let request = RevokeRequest {
///     nonce: [7; 16],
///     instance: Instance::draw()?,
///     time: now,
///     revocations: vec![Revocation::Session { id: [1; 8], born: Some(now) }],
/// };
/// let bytes = request.to_bytes(speaker.delivery_key(), "web");
/// let read = UncheckedRevokeRequest::new(&bytes)?.check(speaker.delivery_key(), "web")?;
/// assert_eq!(read, request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevokeRequest {
    /// 16 random bytes, which the answer's signature covers.
    pub nonce: [u8; 16],
    /// The replica that asks.
    pub instance: Instance,
    /// The replica's clock.
    pub time: Timestamp,
    /// What to revoke: between one record and [`MAX_RECORDS`](Self::MAX_RECORDS).
    pub revocations: Vec<Revocation>,
}

impl RevokeRequest {
    /// The greatest number of records in a request.
    pub const MAX_RECORDS: usize = 256;
    /// The longest that a request can be, in bytes.
    pub const MAX_LEN: usize = MIN_LEN + (Self::MAX_RECORDS - 1) * RECORD;

    /// Writes the request.
    ///
    /// # Panics
    /// If there is no record, or there are more than [`MAX_RECORDS`](Self::MAX_RECORDS).
    #[must_use]
    pub fn to_bytes(&self, key: &DeliveryKey, ring: &str) -> Vec<u8> {
        let count = self.revocations.len();
        assert!(
            (1..=Self::MAX_RECORDS).contains(&count),
            "a request has 1 to 256 records, not {count}"
        );
        let count = u16::try_from(count).expect("256 is less than 65 536");
        let mut bytes = Vec::with_capacity(Self::MAX_LEN);
        for field in [
            &key.id().bytes()[..],
            &self.nonce,
            self.instance.bytes(),
            &self.time.stored().to_be_bytes(),
            &count.to_be_bytes(),
        ] {
            bytes.extend_from_slice(field);
        }
        for revocation in &self.revocations {
            write(revocation, &mut bytes);
        }
        let mac = key.revoking(ring).chain_update(&bytes).finalize();
        bytes.extend_from_slice(&mac.into_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let (nonce, instance) = (*reader.array()?, *reader.array()?);
        let time = Timestamp::from_stored(reader.u32()?);
        let count = usize::from(reader.u16()?);
        if !(1..=Self::MAX_RECORDS).contains(&count) {
            return None;
        }
        let revocations = (0..count).map(|_| read(&mut reader)).collect::<Option<_>>();
        let request = Self {
            nonce,
            instance: Instance::from_bytes(instance),
            time,
            revocations: revocations?,
        };
        reader.0.is_empty().then_some(request)
    }
}

fn write(revocation: &Revocation, bytes: &mut Vec<u8>) {
    let (kind, id, time) = match *revocation {
        Revocation::Session {
            id,
            born: Some(born),
        } => (BORN_SESSION, id, born),
        Revocation::Session { id, born: None } => (SESSION, id, Timestamp::MIN),
        Revocation::Subject { hash, born_before } => (SUBJECT, hash, born_before),
    };
    bytes.push(kind);
    bytes.extend_from_slice(&id);
    bytes.extend_from_slice(&time.stored().to_be_bytes());
}

fn read(reader: &mut Reader<'_>) -> Option<Revocation> {
    let [kind] = *reader.array()?;
    let id = *reader.array()?;
    let time = Timestamp::from_stored(reader.u32()?);
    match kind {
        BORN_SESSION => Some(Revocation::Session {
            id,
            born: Some(time),
        }),
        SUBJECT => Some(Revocation::Subject {
            hash: id,
            born_before: time,
        }),
        SESSION if time == Timestamp::MIN => Some(Revocation::Session { id, born: None }),
        _ => None,
    }
}

/// Bytes in the shape of a request. Nobody knows yet who has sent them.
#[derive(Clone, Copy)]
pub struct UncheckedRevokeRequest<'a> {
    bytes: &'a [u8],
}

impl<'a> UncheckedRevokeRequest<'a> {
    /// Takes bytes that are long enough for a request, and short enough.
    ///
    /// # Errors
    /// [`RequestError::NotARequest`].
    pub const fn new(bytes: &'a [u8]) -> Result<Self, RequestError> {
        if bytes.len() < MIN_LEN || bytes.len() > RevokeRequest::MAX_LEN {
            return Err(RequestError::NotARequest);
        }
        Ok(Self { bytes })
    }

    /// Returns whether the request names this key.
    #[must_use]
    pub fn is_under(&self, key: KeyId) -> bool {
        self.bytes.starts_with(key.bytes())
    }

    /// Checks the request: the code first, so that a stranger's costs one HMAC and no memory.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn check(self, key: &DeliveryKey, ring: &str) -> Result<RevokeRequest, RequestError> {
        let (said, mac) = self
            .bytes
            .split_last_chunk::<32>()
            .ok_or(RequestError::NotARequest)?;
        if !self.is_under(key.id()) {
            return Err(RequestError::OtherKey);
        }
        let computed = key.revoking(ring).chain_update(said);
        if computed.verify_slice(mac).is_err() {
            return Err(RequestError::Forged);
        }
        RevokeRequest::read(&said[16..]).ok_or(RequestError::NotARequest)
    }
}

impl fmt::Debug for UncheckedRevokeRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UncheckedRevokeRequest")
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Why a request is not looked at.
#[derive(Clone, Copy, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestError {
    /// The sender does not have the key that it names, or asks about another ring, or the request
    /// was changed on the way.
    Forged,
    /// The bytes do not have the form of a request.
    NotARequest,
    /// It names another key.
    OtherKey,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forged => "the request is not authentic: another key, another ring, or changed",
            Self::NotARequest => "this is no request to revoke: it has other bytes, or was cut off",
            Self::OtherKey => "the request is under a delivery key that this keeper does not have",
        })
    }
}

sealjar::__debug_as_report!(RequestError);

impl std::error::Error for RequestError {}

const BORN_SESSION: u8 = 1;
const SUBJECT: u8 = 2;
const SESSION: u8 = 3;
/// The length of a record in bytes.
const RECORD: usize = 1 + 8 + 4;
/// The length of a request with one record.
const MIN_LEN: usize = 16 * 3 + 4 + 2 + RECORD + 32;
