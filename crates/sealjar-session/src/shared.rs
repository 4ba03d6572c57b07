//! What do a jar, its clones and the sessions of its requests share?

use std::fmt;
use std::sync::{Arc, OnceLock};

use sealjar::{ClockError, Sealer, Timestamp};

use crate::cookie::attributes::{Attributes, SameSite};
use crate::delivery::Delivery;
use crate::legacy::Doors;
use crate::loudness::{Loudness, Once};
use crate::timeouts::Timeouts;
use crate::unextended::Unextended;
use crate::unsealed::Sealers;

/// What a jar is: how it seals and opens, and what it has already logged.
pub(crate) struct Shared {
    /// Which application it is, as the ring's revocations name it.
    pub(crate) app: String,
    pub(crate) sealers: Sealers,
    /// Made when it is first needed.
    pub(crate) csrf_tokens: OnceLock<Sealer>,
    pub(crate) doors: Doors,
    pub(crate) settings: Settings,
    pub(crate) delivery: Delivery,
    pub(crate) unextended: Unextended,
    pub(crate) loudness: Loudness,
    pub(crate) warned_of_cut_expiry: Once,
    pub(crate) warned_of_cut_lifetime: Once,
    warned_of_no_subject: Once,
}

/// The checked settings of a jar.
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    pub(crate) same_site: SameSite,
    /// Whether a browser that has the cookie sends it with every request.
    pub(crate) comes_always: bool,
    pub(crate) persistent: bool,
    /// Whether every request extends the idle time, not only one that loads a page.
    pub(crate) keep_alive: bool,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_size: usize,
    pub(crate) clear_site_data: Option<&'static str>,
    pub(crate) login_page: Option<String>,
    pub(crate) no_store_when_logged_in: bool,
    pub(crate) clock: Clock,
}

impl Shared {
    /// `warned_of_cut_lifetime`: whether the log already says that the ring allows less than the
    /// settings ask for.
    pub(crate) fn new(
        app: String,
        sealers: Sealers,
        doors: Doors,
        settings: Settings,
        delivery: Delivery,
        warned_of_cut_lifetime: bool,
    ) -> Self {
        Self {
            app,
            sealers,
            csrf_tokens: OnceLock::new(),
            doors,
            settings,
            delivery,
            unextended: Unextended::default(),
            loudness: Loudness::default(),
            warned_of_cut_expiry: Once::default(),
            warned_of_cut_lifetime: Once::new(warned_of_cut_lifetime),
            warned_of_no_subject: Once::default(),
        }
    }

    pub(crate) fn cookie_name(&self) -> &str {
        &self.settings.name
    }

    pub(crate) fn now(&self) -> Result<Timestamp, ClockError> {
        (self.settings.clock.0)()
    }

    /// Warns once that people are revoked, but no session of type `T` says whose it is.
    pub(crate) fn warn_of_no_subject<T>(&self, hint: &str) {
        if self.warned_of_no_subject.is_first() {
            tracing::warn!(
                target: "sealjar",
                cookie = self.cookie_name(),
                session_type = std::any::type_name::<T>(),
                "people are revoked, and nothing says whose a session of this type is: {hint}"
            );
        }
    }
}

/// The source of a jar's time.
#[derive(Clone)]
pub(crate) struct Clock(pub(crate) Arc<dyn Fn() -> Result<Timestamp, ClockError> + Send + Sync>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Timestamp::now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn a_clock_is_shown_by_its_name() {
        assert_eq!(format!("{:?}", Clock::default()), "Clock");
    }
}
