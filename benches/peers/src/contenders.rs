//! The contenders. Each application has a file of its own, which sets it up as its documentation
//! says.

mod actix_cookie;
mod biscotti;
mod cookie_store;
mod memory;
mod nothing;
mod private_jar;
mod redis;
mod sealed;
mod sealed_on_actix;
mod seshcookie;
mod tower_sessions;

use clap::ValueEnum;
use sealjar_bench_parts::redis::Kept;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;

pub(crate) use serve::{Order, serve};

mod serve;

/// An application, which is the same but for what keeps its sessions.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum App {
    ActixCookie,
    Biscotti,
    CookieStore,
    Memory,
    NothingOnActix,
    NothingOnAxum,
    PrivateJar,
    Redis,
    Sealed,
    SealedAtStart,
    SealedOnActix,
    Seshcookie,
}

impl App {
    /// Returns the same application without sessions, on the same framework.
    pub(crate) const fn without_sessions(self) -> Self {
        match self {
            Self::ActixCookie | Self::NothingOnActix | Self::SealedOnActix => Self::NothingOnActix,
            _ => Self::NothingOnAxum,
        }
    }

    /// Whether its keys are a ring that a keeper rotates.
    pub(crate) const fn has_ring(self) -> bool {
        matches!(
            self,
            Self::Sealed | Self::SealedAtStart | Self::SealedOnActix
        )
    }
}

/// A row of the table: an application, and how it is operated.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Contender {
    Sealjar,
    SealjarAtStart,
    SealjarActix,
    PrivateCookieJar,
    CookieStore,
    Seshcookie,
    SeshcookieTwice,
    Biscotti,
    BiscottiTwice,
    ActixCookie,
    MemoryStore,
    Redis,
    RedisLog,
}

/// What an operator does to rotate a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rotation {
    /// Puts the new key first and keeps the old ones, and rolls the replicas once.
    Fallback,
    /// Waits for the keeper, and rolls the replicas once, whether they follow the ring or not.
    Keeper,
    /// Has no key to rotate, but rolls the replicas as well.
    NoKey,
    /// Replaces the key, and rolls the replicas once.
    Replace,
    /// Rolls the replicas with the new key behind the old one, and again with it in front. No
    /// documentation describes this.
    Twice,
}

impl Contender {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sealjar => "sealjar",
            Self::SealjarAtStart => "sealjar, ring read at start only",
            Self::SealjarActix => "sealjar on actix-web",
            Self::PrivateCookieJar => "PrivateCookieJar",
            Self::CookieStore => "tower-sessions-cookie-store",
            Self::Seshcookie => "seshcookie",
            Self::SeshcookieTwice => "seshcookie, two roll-outs",
            Self::Biscotti => "biscotti",
            Self::BiscottiTwice => "biscotti, two roll-outs",
            Self::ActixCookie => "CookieSessionStore",
            Self::MemoryStore => "MemoryStore",
            Self::Redis => "Redis",
            Self::RedisLog => "Redis, append-only",
        }
    }

    pub(crate) const fn app(self) -> App {
        match self {
            Self::Sealjar => App::Sealed,
            Self::SealjarAtStart => App::SealedAtStart,
            Self::SealjarActix => App::SealedOnActix,
            Self::PrivateCookieJar => App::PrivateJar,
            Self::CookieStore => App::CookieStore,
            Self::Seshcookie | Self::SeshcookieTwice => App::Seshcookie,
            Self::Biscotti | Self::BiscottiTwice => App::Biscotti,
            Self::ActixCookie => App::ActixCookie,
            Self::MemoryStore => App::Memory,
            Self::Redis | Self::RedisLog => App::Redis,
        }
    }

    pub(crate) const fn rotation(self) -> Rotation {
        match self {
            Self::Sealjar | Self::SealjarAtStart | Self::SealjarActix => Rotation::Keeper,
            Self::PrivateCookieJar | Self::CookieStore | Self::ActixCookie => Rotation::Replace,
            Self::Seshcookie | Self::Biscotti => Rotation::Fallback,
            Self::SeshcookieTwice | Self::BiscottiTwice => Rotation::Twice,
            Self::MemoryStore | Self::Redis | Self::RedisLog => Rotation::NoKey,
        }
    }

    /// Returns what its Redis writes to disk, if it has one.
    pub(crate) const fn redis(self) -> Option<Kept> {
        match self {
            Self::Redis => Some(Kept::Snapshots),
            Self::RedisLog => Some(Kept::Log),
            _ => None,
        }
    }

    pub(crate) const fn facts(self) -> Facts {
        match self {
            Self::Sealjar => sealed::FACTS,
            Self::SealjarAtStart => Facts {
                rotation: "a keeper rotates, and one roll-out brings the ring to the replicas within the period in \
                           which the new key does not seal (docs/operating.md)",
                ..sealed::FACTS
            },
            Self::SealjarActix => sealed_on_actix::FACTS,
            Self::PrivateCookieJar => private_jar::FACTS,
            Self::CookieStore => cookie_store::FACTS,
            Self::Seshcookie => seshcookie::FACTS,
            Self::SeshcookieTwice => Facts {
                rotation: TWICE,
                ..seshcookie::FACTS
            },
            Self::Biscotti => biscotti::FACTS,
            Self::BiscottiTwice => Facts {
                rotation: TWICE,
                ..biscotti::FACTS
            },
            Self::ActixCookie => actix_cookie::FACTS,
            Self::MemoryStore => memory::FACTS,
            Self::Redis => redis::FACTS,
            Self::RedisLog => Facts {
                servers: "a Redis with `appendonly yes`",
                ..redis::FACTS
            },
        }
    }
}

const TWICE: &str = "not in its documentation: one roll-out with the new key as a fallback, which opens and does \
                     not seal, and a second with it as the primary key";
