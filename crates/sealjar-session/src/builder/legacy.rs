//! Which cookies of the application's former session library does a jar open too?

use sealjar::Timestamp;

use super::{JarBuilder, browsers};
use crate::config_error::{ConfigError, impossible};
use crate::cookie::attributes::{Attributes, SameSite};
use crate::data::SessionData;
use crate::legacy::{Door, Doors, LegacyCookie, Opener};

impl<T: SessionData> JarBuilder<T> {
    /// Opens a cookie of the application's former session library too, so that nobody is logged out
    /// when the application moves to this one. Up to eight, in the order in which they are tried.
    ///
    /// If a request has no cookie of the jar's own, the session in the former cookie is the
    /// visitor's. The first response to a navigation, or to a request that changes the session,
    /// seals it into the jar's cookie and expires the former one.
    ///
    /// `since` is the date of the change, such as the day of the roll-out. It must not lie ahead,
    /// and it stays in the code as it is, because it limits what an old cookie can do:
    /// * A session that came in the former cookie counts as born then. So it ends when the jar's
    ///   [`lifetime`](Self::lifetime) since that date is over, and so does a stolen one. The former
    ///   cookie is refused if the ring revokes its subject, or everybody, after that date.
    /// * At the end of that lifetime the jar stops looking at the former cookie. Take the call and
    ///   the former key out then. [`Jar::legacy_uses`](crate::Jar::legacy_uses) tells how many
    ///   sessions still come in it.
    ///
    /// # Security
    /// Until then anyone who has the former key can write sessions. An old cookie is no older than
    /// `since` to the ring: who was logged out everywhere before that date has to be refused by the
    /// application.
    ///
    /// # Examples
    /// ```
    /// use sealjar::{Key, LiveRing, Suite, Timestamp};
    /// use sealjar_session::{FetchMetadata, Jar, LegacyCookie, SessionData};
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String }
    /// impl SessionData for Account {}
    ///
    /// # fn verified(value: &str) -> Option<String> { Some(value.to_owned()) }
    /// // `verified` does what the former library did. For the `cookie` crate's jars, actix-session
    /// // and tower-sessions-cookie-store there are constructors.
    /// let former = LegacyCookie::authenticated_by("login", |value| {
    ///     Some(Account { name: verified(value)? })
    /// });
    /// let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm)?);
    /// // In an application it is a date, such as "2026-11-30T00:00:00Z".parse()?
    /// let since = Timestamp::now()?;
    /// let jar = Jar::<Account>::builder(&ring, "shop-prod")
    ///     .also_opens(former, since)
    ///     .build()?;
    ///
    /// let session = jar.open(["login=Ada"], FetchMetadata::default());
    /// assert_eq!(session.get().name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn also_opens(mut self, cookie: LegacyCookie<T>, since: Timestamp) -> Self {
        self.legacy.push((cookie, since));
        self
    }
}

/// What the lines that expire legacy cookies have in common with the jar's own.
pub(super) struct Lines {
    pub(super) same_site: SameSite,
    pub(super) secure: bool,
}

/// Checks the legacy cookies together.
pub(super) fn checked<T: SessionData>(
    legacy: Vec<(LegacyCookie<T>, Timestamp)>,
    now: Timestamp,
    lines: &Lines,
    mut jar: Opener<'_>,
) -> Result<Doors, ConfigError> {
    let skew = jar.sealers.own.ring().load().timing().skew;
    let latest = now.saturating_add(skew);
    if legacy.len() > Doors::MOST {
        return impossible("also_opens", legacy.len(), "eight are the most");
    }
    let written = legacy.iter().filter(|(cookie, _)| cookie.is_written());
    if written.count() > 1 {
        return impossible(
            "also_opens",
            "two cookies with keep_writing",
            "a session is written to one cookie at a time",
        );
    }
    let mut doors = Vec::with_capacity(legacy.len());
    for (place, (cookie, since)) in legacy.into_iter().enumerate() {
        if since > latest {
            return impossible(
                "also_opens",
                since,
                "must not lie ahead: what is revoked before that date would come back with it",
            );
        }
        browsers::check_legacy(cookie.name(), cookie.place())?;
        let attributes = Attributes::new(cookie.place(), &[], lines.same_site, lines.secure, false);
        jar.place = place;
        let door = Door::new(cookie, since, &mut jar, attributes)?;
        if now >= door.until {
            tracing::info!(
                target: "sealjar",
                cookie = jar.cookie_name,
                legacy_cookie = door.name,
                closed_at = %door.until,
                "a legacy cookie is not opened any more: take `also_opens` and its key out"
            );
        }
        doors.push(door);
    }
    Ok(Doors::new(doors))
}
