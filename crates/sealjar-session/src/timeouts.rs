//! How long may a session live? Compares what the application asks for with what the ring allows.

use std::time::Duration;

use sealjar::{KeyRing, Timestamp};

use crate::config_error::{ConfigError, impossible};

/// The timeouts that an application sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requested {
    /// What counts if the application asks for no idle timeout, in seconds.
    default_idle: u32,
    pub(crate) idle: Option<Duration>,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) refresh_after: Option<Duration>,
    /// Whether a ring that allows less is an error.
    pub(crate) exact: bool,
}

/// The timeouts of a jar, in seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Timeouts {
    pub(crate) idle: u32,
    pub(crate) lifetime: u32,
    pub(crate) refresh_after: u32,
}

impl Requested {
    /// Asks for nothing, where an idle timeout of so many seconds is the default.
    pub(crate) const fn nothing(default_idle: u32) -> Self {
        Self {
            default_idle,
            idle: None,
            lifetime: None,
            refresh_after: None,
            exact: false,
        }
    }

    /// Fills in the defaults, and refuses what cannot work under any ring.
    pub(crate) fn complete(&self) -> Result<Timeouts, ConfigError> {
        let idle = self.idle.map(whole_seconds);
        let lifetime = self
            .lifetime
            .map_or(DEFAULT_LIFETIME.max(idle.unwrap_or(0)), whole_seconds);
        let idle = idle.unwrap_or(self.default_idle.min(lifetime));
        for (setting, count) in [("lifetime", lifetime), ("idle_timeout", idle)] {
            if count == 0 {
                return impossible(setting, seconds(count), "must be at least 1 s");
            }
        }
        if idle > lifetime {
            return impossible(
                "idle_timeout",
                seconds(idle),
                format!("is longer than the lifetime of {lifetime} s"),
            );
        }
        let refresh_after = match self.refresh_after.map(whole_seconds) {
            None => (idle / 4).max(1),
            Some(after) if (1..idle).contains(&after) => after,
            Some(after) => {
                return impossible(
                    "refresh_after",
                    seconds(after),
                    format!("must be at least 1 s and less than the idle timeout of {idle} s"),
                );
            }
        };
        Ok(Timeouts {
            idle,
            lifetime,
            refresh_after,
        })
    }

    /// Warns if the ring allows less than the application asked for, or fails. Returns whether the
    /// ring's keys allow less than the idle timeout.
    ///
    /// This cuts nothing: the ring changes while the application runs, so each session is cut to
    /// what the ring allows when it is sealed.
    pub(crate) fn compare_with(
        &self,
        ring: &KeyRing,
        now: Timestamp,
        timeouts: Timeouts,
        cookie: &str,
    ) -> Result<bool, ConfigError> {
        let shortfalls = [
            Shortfall::of_idle(ring, timeouts.idle, now),
            Shortfall::of_lifetime(ring, timeouts.lifetime),
        ];
        // If only a default is cut, the application loses nothing that it asked for.
        let were_asked = [self.idle.is_some(), self.lifetime.or(self.idle).is_some()];
        for (short, was_asked) in shortfalls.iter().zip(were_asked) {
            let Some(short) = short.filter(|it| was_asked || it.allowed == 0) else {
                continue;
            };
            if self.exact || short.allowed == 0 {
                return impossible(short.setting, seconds(short.asked), short.reason());
            }
            tracing::warn!(
                target: "sealjar",
                cookie,
                setting = short.setting,
                asked = short.asked,
                allowed = short.allowed,
                from = short.from.map(tracing::field::display),
                hint = short.hint(),
                "sessions end earlier than asked: {}",
                short.reason()
            );
        }
        Ok(shortfalls[0].is_some())
    }
}

/// A limit of the ring below what a jar asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Shortfall {
    /// The setting that asks for more.
    setting: &'static str,
    asked: u32,
    allowed: u32,
    /// When the ring will allow all of it, if the ring shows that.
    from: Option<Timestamp>,
}

impl Shortfall {
    /// Compares an idle timeout with the lifetime of the ring's keys.
    fn of_idle(ring: &KeyRing, idle: u32, now: Timestamp) -> Option<Self> {
        let allowed = key_lifetime(ring, now);
        (idle > allowed).then(|| Self {
            setting: "idle_timeout",
            asked: idle,
            allowed,
            // Without a keeper the ring never allows it.
            from: ring
                .allows_from(idle, now)
                .filter(|from| *from < Timestamp::MAX),
        })
    }

    /// Compares an absolute lifetime with the time for which the ring remembers revocations.
    fn of_lifetime(ring: &KeyRing, lifetime: u32) -> Option<Self> {
        let allowed = ring.revocations().horizon;
        (lifetime > allowed).then_some(Self {
            setting: "lifetime",
            asked: lifetime,
            allowed,
            // The keeper's policy raises a horizon, and the ring does not show when.
            from: None,
        })
    }

    fn reason(&self) -> String {
        let Self { allowed, .. } = self;
        match (self.from, self.setting) {
            (Some(from), _) => {
                format!("the ring's key allows {allowed} s now, and all of it from {from}")
            }
            (None, "lifetime") => {
                format!("the ring forgets revocations after its horizon of {allowed} s")
            }
            (None, _) => {
                format!("the ring's key allows {allowed} s, and its keeper knows of no more")
            }
        }
    }

    fn hint(&self) -> &'static str {
        match (self.from, self.setting) {
            (Some(_), _) => "nothing to do: from then on all of it holds, without a restart",
            (None, "lifetime") => "raise the keeper's revocation-horizon",
            (None, _) => {
                "raise the keeper's token-lifetime: sealjar status then shows from when it holds"
            }
        }
    }
}

/// Returns how long a token sealed at `now` can live, in seconds. While no key seals, the keys that
/// are waiting show what will be allowed.
fn key_lifetime(ring: &KeyRing, now: Timestamp) -> u32 {
    let longest = || ring.keys().iter().map(|key| key.lifetime).max();
    ring.sealing_key(now)
        .map_or_else(|| longest().unwrap_or(0), |key| key.lifetime)
}

/// Rounds down to whole seconds. Durations beyond 136 years count as 136 years.
pub(crate) fn whole_seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

fn seconds(count: u32) -> String {
    format!("{count} s")
}

pub(crate) const DEFAULT_IDLE: u32 = 86_400;
const DEFAULT_LIFETIME: u32 = 7 * DEFAULT_IDLE;
