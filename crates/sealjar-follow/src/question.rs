//! What does a replica ask?
//!
//! ```text
//! question = key id(16) ‖ nonce(16) ‖ instance(16) ‖ u64(count) ‖ u32(time) ‖ u16(wait)
//!            ‖ lp16(name) ‖ lp16(head held, or nothing) ‖ HMAC(ring-ask, "ask" ‖ 00 ‖ all before)
//! wait     = seconds to wait at most, 0 to 25; 65535 if the replica ends
//! ```

use std::fmt;

use hkdf::hmac::Mac as _;
use sealjar::__hazmat::draw;
use sealjar::{KeyId, RandomError, Timestamp};

use crate::bytes::{Reader, lp16};
use crate::head::{HEAD_LEN, HeadError, SignedHead};
use crate::key::DeliveryKey;

/// What one start of a replica is known by: 16 random bytes.
///
/// A replica draws it when it starts, after any fork. A name that came again would hide a replica
/// that lags behind one that does not.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Instance([u8; 16]);

impl Instance {
    /// Draws an instance from the operating system's random source.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn draw() -> Result<Self, RandomError> {
        draw().map(Self)
    }

    /// Makes an instance of its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({self})")
    }
}

impl std::str::FromStr for Instance {
    type Err = InstanceError;

    /// Reads 32 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, InstanceError> {
        let is_hex = text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
        let bytes = is_hex
            .then(|| u128::from_str_radix(text, 16).ok())
            .flatten();
        bytes.map(|it| Self(it.to_be_bytes())).ok_or(InstanceError)
    }
}

/// The text is not an instance: 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InstanceError;

impl fmt::Display for InstanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instance is 32 hexadecimal digits")
    }
}

impl std::error::Error for InstanceError {}

/// How long an answer may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Patience {
    /// The replica ends and waits for nothing.
    Ends,
    /// So many seconds, at most 25, unless there is something newer before.
    Waits(u16),
}

impl Patience {
    /// The longest that a question may wait, in seconds.
    pub const LONGEST: u16 = 25;

    const fn to_wire(self) -> u16 {
        match self {
            Self::Ends => u16::MAX,
            Self::Waits(seconds) if seconds > Self::LONGEST => Self::LONGEST,
            Self::Waits(seconds) => seconds,
        }
    }

    const fn from_wire(seconds: u16) -> Option<Self> {
        match seconds {
            u16::MAX => Some(Self::Ends),
            0..=Self::LONGEST => Some(Self::Waits(seconds)),
            _ => None,
        }
    }
}

/// A question: who asks, what they hold and how long they wait.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// 16 random bytes, which the answer's signature covers.
    pub nonce: [u8; 16],
    /// The replica that asks.
    pub instance: Instance,
    /// A number that is greater in each question of an instance.
    pub count: u64,
    /// The replica's clock.
    pub time: Timestamp,
    /// How long the answer may take.
    pub patience: Patience,
    /// The replica's name for people, at most 64 bytes. It proves nothing.
    pub name: String,
    /// What the replica has in use.
    pub held: Option<SignedHead>,
}

impl Question {
    /// The longest that a question can be, in bytes.
    pub const MAX_LEN: usize = 16 * 3 + 8 + 4 + 2 + 2 + MAX_NAME + 2 + HEAD_LEN + 32;

    /// Writes the question. A name of more than 64 bytes is cut.
    #[must_use]
    pub fn to_bytes(&self, key: &DeliveryKey, ring: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::MAX_LEN);
        for field in [
            &key.id().bytes()[..],
            &self.nonce,
            &self.instance.0,
            &self.count.to_be_bytes(),
            &self.time.stored().to_be_bytes(),
            &self.patience.to_wire().to_be_bytes(),
        ] {
            bytes.extend_from_slice(field);
        }
        let end = self.name.floor_char_boundary_at(MAX_NAME);
        lp16(&self.name.as_bytes()[..end], &mut bytes);
        let held = self.held.as_ref().map(SignedHead::as_bytes);
        lp16(held.map_or(&[], |head| &head[..]), &mut bytes);
        let mac = key.asking(ring).chain_update(&bytes).finalize();
        bytes.extend_from_slice(&mac.into_bytes());
        bytes
    }
}

/// Cuts names where a character ends.
trait Boundary {
    fn floor_char_boundary_at(&self, most: usize) -> usize;
}

impl Boundary for str {
    fn floor_char_boundary_at(&self, most: usize) -> usize {
        let most = most.min(self.len());
        (0..=most)
            .rev()
            .find(|at| self.is_char_boundary(*at))
            .unwrap_or(0)
    }
}

/// Bytes in the shape of a question. Nobody knows yet who has sent them.
#[derive(Clone, Copy)]
pub struct UncheckedQuestion<'a> {
    bytes: &'a [u8],
}

impl<'a> UncheckedQuestion<'a> {
    /// Takes bytes that are long enough for a question, and short enough.
    ///
    /// # Errors
    /// [`QuestionError::NotAQuestion`].
    pub const fn new(bytes: &'a [u8]) -> Result<Self, QuestionError> {
        if bytes.len() < MIN_LEN || bytes.len() > Question::MAX_LEN {
            return Err(QuestionError::NotAQuestion);
        }
        Ok(Self { bytes })
    }

    /// Returns whether the question names this key.
    #[must_use]
    pub fn is_under(&self, key: KeyId) -> bool {
        self.bytes.starts_with(key.bytes())
    }

    /// Checks the question: the code first, so that a stranger's costs one HMAC and no memory.
    ///
    /// # Errors
    /// [`QuestionError`].
    pub fn check(self, key: &DeliveryKey, ring: &str) -> Result<Question, QuestionError> {
        let (said, mac) = self
            .bytes
            .split_last_chunk::<32>()
            .ok_or(QuestionError::NotAQuestion)?;
        if !self.is_under(key.id()) {
            return Err(QuestionError::OtherKey);
        }
        let computed = key.asking(ring).chain_update(said);
        if computed.verify_slice(mac).is_err() {
            return Err(QuestionError::Forged);
        }
        let fields = Fields::read(&said[16..]).ok_or(QuestionError::NotAQuestion)?;
        let held = match fields.held {
            [] => None,
            head => Some(SignedHead::verify(key, ring, head).map_err(QuestionError::Held)?),
        };
        Ok(Question {
            nonce: fields.nonce,
            instance: Instance(fields.instance),
            count: fields.count,
            time: Timestamp::from_stored(fields.time),
            patience: fields.patience,
            name: fields.name.into(),
            held,
        })
    }
}

impl fmt::Debug for UncheckedQuestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UncheckedQuestion")
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

struct Fields<'a> {
    nonce: [u8; 16],
    instance: [u8; 16],
    count: u64,
    time: u32,
    patience: Patience,
    name: &'a str,
    held: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let fields = Self {
            nonce: *reader.array()?,
            instance: *reader.array()?,
            count: reader.u64()?,
            time: reader.u32()?,
            patience: Patience::from_wire(reader.u16()?)?,
            name: std::str::from_utf8(reader.lp16()?).ok()?,
            held: reader.lp16()?,
        };
        (reader.0.is_empty() && fields.name.len() <= MAX_NAME).then_some(fields)
    }
}

/// Why a question is not answered.
#[derive(Clone, Copy, Eq, PartialEq)]
#[non_exhaustive]
pub enum QuestionError {
    /// Who sent it does not have the key that it names, or asks about another ring, or it was
    /// changed on the way.
    Forged,
    /// The replica says that it holds something that no keeper of this key has signed.
    Held(HeadError),
    /// The bytes do not have the form of a question.
    NotAQuestion,
    /// It names another key.
    OtherKey,
}

impl fmt::Display for QuestionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forged => "the question is not authentic: another key, another ring, or changed",
            Self::Held(_) => "what the replica says that it holds, no keeper has signed",
            Self::NotAQuestion => "this is no question: it has other bytes, or was cut off",
            Self::OtherKey => "the question is under a delivery key that this keeper does not have",
        })
    }
}

sealjar::__debug_as_report!(QuestionError);

impl std::error::Error for QuestionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Held(error) => Some(error),
            _ => None,
        }
    }
}

/// The longest name of a replica, in bytes.
const MAX_NAME: usize = 64;
const MIN_LEN: usize = Question::MAX_LEN - MAX_NAME - HEAD_LEN;
