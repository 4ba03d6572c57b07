//! Which configurations can work? The others are refused before the first visitor comes.

mod binding;
mod browsers;
mod cookie;
mod legacy;
mod lifetimes;
mod login;
mod logout;
mod size;

pub use browsers::DEFAULT_COOKIE_NAME;

use std::iter;
use std::marker::PhantomData;

use sealjar::{__hazmat as hazmat, LiveRing, Timestamp};

use crate::codec::{self, Kept};
use crate::config_error::{ConfigError, impossible};
use crate::cookie::attributes::{Attributes, SameSite, Scope};
use crate::cookie::{MAX_LINE, MAX_TOTAL};
use crate::data::{Format, Kind, SessionData};
use crate::delivery::Delivery;
use crate::envelope::Envelope;
use crate::jar::Jar;
use crate::legacy::{LegacyCookie, Opener};
use crate::registry::{self, Namespace};
use crate::shared::{Clock, Settings, Shared};
use crate::timeouts::{DEFAULT_IDLE, Requested};
use crate::unsealed::Sealers;

/// Sets up a [`Jar`]. Every method replaces a default; [`build`](Self::build) checks them together.
#[derive(Debug)]
#[must_use]
pub struct JarBuilder<T: SessionData> {
    ring: LiveRing,
    app: String,
    cookie_name: Option<String>,
    scope: Scope,
    former: Vec<Scope>,
    same_site: SameSite,
    partitioned: bool,
    persistent: bool,
    keep_alive: bool,
    timeouts: Requested,
    max_size: usize,
    padding: u16,
    insecure_http: bool,
    clear_site_data: Option<&'static str>,
    login_page: Option<String>,
    no_store_when_logged_in: bool,
    binding: Vec<u8>,
    also_reads: Option<Format>,
    legacy: Vec<(LegacyCookie<T>, Timestamp)>,
    in_another_process: bool,
    clock: Clock,
    session_type: PhantomData<fn() -> T>,
}

impl<T: SessionData> Jar<T> {
    /// Builds a jar with the defaults. `app` names the application and its environment, such as
    /// `shop-prod`. One ring may serve many applications: the name keeps their sessions apart.
    ///
    /// # Errors
    /// [`ConfigError`] when `app` is empty or `T` does not survive being encoded.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::new(testing::ring(), "shop-prod")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(ring: impl Into<LiveRing>, app: impl Into<String>) -> Result<Self, ConfigError> {
        Self::builder(ring, app).build()
    }

    /// Begins a jar with settings of its own.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// use std::time::Duration;
    ///
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .idle_timeout(Duration::from_secs(3600))
    ///     .no_store_when_logged_in(true)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(ring: impl Into<LiveRing>, app: impl Into<String>) -> JarBuilder<T> {
        JarBuilder::new(ring.into(), app.into())
    }
}

impl<T: SessionData> JarBuilder<T> {
    fn new(ring: LiveRing, app: String) -> Self {
        let (persistent, max_size, timeouts) = match T::__KIND {
            Kind::Flash => (false, FLASH_SIZE, Requested::nothing(FLASH_IDLE)),
            Kind::Session => (true, MAX_LINE, Requested::nothing(DEFAULT_IDLE)),
        };
        Self {
            ring,
            app,
            cookie_name: None,
            scope: Scope {
                domain: None,
                path: "/".into(),
            },
            former: Vec::new(),
            same_site: SameSite::Lax,
            partitioned: false,
            persistent,
            keep_alive: false,
            timeouts,
            max_size,
            padding: 1,
            insecure_http: false,
            clear_site_data: None,
            login_page: None,
            no_store_when_logged_in: false,
            binding: Vec::new(),
            also_reads: None,
            legacy: Vec::new(),
            in_another_process: false,
            clock: Clock::default(),
            session_type: PhantomData,
        }
    }

    /// Treats the jar as part of another process, so that [`build`](Self::build) accepts it
    /// although a jar of another session type uses the same cookie.
    ///
    /// For tests in which the old and the new version of a session type read each other's cookies.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, SessionData, testing};
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// #[serde(rename = "Account")]
    /// struct Released { name: String }
    /// impl SessionData for Released {}
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String, #[serde(default)] visits: u32 }
    /// impl SessionData for Account {}
    ///
    /// let ring = testing::ring();
    /// let old = Jar::<Released>::builder(&ring, "test").in_another_process().build()?;
    /// let new = Jar::<Account>::new(&ring, "test")?;
    ///
    /// let cookie = old.cookie_for(&Released { name: "Ada".into() })?;
    /// assert_eq!(new.open([cookie], FetchMetadata::default()).get().name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "testing")]
    pub fn in_another_process(mut self) -> Self {
        self.in_another_process = true;
        self
    }

    /// Also opens sessions in another format than the type's own, while an application moves from
    /// one to the other: see [`Format`]. Off by default.
    ///
    /// # Examples
    /// ```
    /// use sealjar::{Key, Suite};
    /// use sealjar_session::{Format, Jar, SessionData};
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String }
    ///
    /// impl SessionData for Account {
    ///     // Before, and for as long as a roll-out takes: `Postcard`.
    ///     const FORMAT: Format = Format::Json;
    /// }
    ///
    /// let jar: Jar<Account> = Jar::builder(Key::generate(Suite::Xaes256Gcm)?, "shop-dev")
    ///     .also_reads(Format::Postcard)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn also_reads(mut self, format: Format) -> Self {
        self.also_reads = Some(format);
        self
    }

    /// Checks the configuration and the session type, and builds the jar.
    ///
    /// # Errors
    /// [`ConfigError::Impossible`] with the setting, its value and why it cannot work;
    /// [`ConfigError::OneName`] when a jar of another session type uses the same cookie name;
    /// [`ConfigError::Unfaithful`] when `T::default()` does not survive being encoded.
    pub fn build(self) -> Result<Jar<T>, ConfigError> {
        let empty = encoded_default::<T>(T::FORMAT)?;
        if let Some(format) = self.also_reads {
            if T::__KIND == Kind::Flash {
                return impossible(
                    "also_reads",
                    format!("{format:?}"),
                    "messages for the next page have one format",
                );
            }
            if format == T::FORMAT {
                return impossible(
                    "also_reads",
                    format!("{format:?}"),
                    "is what the session type is written in: name the other format",
                );
            }
            encoded_default::<T>(format)?;
        }
        if self.app.is_empty() {
            return impossible(
                "app",
                "\"\"",
                "name the application and its environment, such as shop-prod",
            );
        }
        let chosen = self.cookie_name.as_deref();
        let name = browsers::checked_name(chosen, T::__KIND, self.insecure_http)?;
        browsers::Wanted {
            path: &self.scope.path,
            domain: self.scope.domain.as_deref(),
            same_site: self.same_site,
            partitioned: self.partitioned,
            insecure_http: self.insecure_http,
        }
        .check(&name)?;
        browsers::check_former(&self.former, &self.scope, &name)?;
        logout::check_clear_site_data(self.clear_site_data)?;
        login::check_login_page(self.login_page.as_deref())?;
        let timeouts = self.timeouts.complete()?;
        let now = (self.clock.0)().unwrap_or(Timestamp::MAX);
        let ring_allows_less =
            self.timeouts
                .compare_with(&self.ring.load(), now, timeouts, &name)?;
        let attributes = Attributes::new(
            &self.scope,
            &self.former,
            self.same_site,
            !self.insecure_http,
            self.partitioned,
        );
        if self.max_size > MAX_TOTAL {
            return impossible(
                "max_size",
                self.max_size,
                format!("must be at most {MAX_TOTAL}: servers and proxies refuse longer headers"),
            );
        }
        let (kind, format) = (T::__KIND, T::FORMAT);
        let mut sealers = Sealers::new(self.ring, &self.app, &name, &self.binding, kind, format)?
            .padded_to(self.padding)?;
        if let Some(format) = self.also_reads {
            sealers.also_open(&self.app, format, None)?;
        }
        let doors = legacy::checked(
            self.legacy,
            now,
            &legacy::Lines {
                same_site: self.same_site,
                secure: !self.insecure_http,
            },
            Opener {
                app: &self.app,
                cookie_name: &name,
                lifetime: timeouts.lifetime,
                sealers: &mut sealers,
                formats: &[Some(T::FORMAT), self.also_reads]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>(),
                place: 0,
            },
        )?;
        let frame = Envelope {
            schema: T::SCHEMA,
            id: [0; 8],
            revision: u32::MAX,
        };
        let payload = empty.payload(&frame, Kept::NOTHING).len();
        let smallest = name.len() + 1 + hazmat::sealed_len(&sealers.own, payload);
        if self.max_size < smallest || attributes.len(Some(timeouts.idle)) + smallest > MAX_LINE {
            return impossible(
                "max_size",
                self.max_size,
                format!("an empty session already takes {smallest} bytes and its attributes"),
            );
        }
        let jar = Jar::from_shared(Shared::new(
            self.app.clone(),
            sealers,
            doors,
            Settings {
                name,
                attributes,
                same_site: self.same_site,
                comes_always: self.former.iter().all(|it| it.path == "/") && self.scope.path == "/",
                persistent: self.persistent,
                keep_alive: self.keep_alive,
                timeouts,
                max_size: self.max_size,
                clear_site_data: self.clear_site_data,
                login_page: self.login_page,
                no_store_when_logged_in: self.no_store_when_logged_in,
                clock: self.clock,
            },
            Delivery::new(!self.insecure_http, self.scope.domain.as_deref()),
            ring_allows_less,
        ));
        if !self.in_another_process {
            // Two jars that open one legacy cookie would expire it for each other.
            let own = iter::once((&*self.app, jar.cookie_name()));
            for (app, cookie_name) in own.chain(jar.shared.doors.names(&self.app)) {
                let namespace = Namespace {
                    app: app.into(),
                    cookie_name: cookie_name.into(),
                    binding: self.binding.clone(),
                };
                registry::enter::<T>(namespace, &jar.shared).map_err(|other_type| {
                    ConfigError::OneName {
                        cookie_name: cookie_name.into(),
                        session_type: std::any::type_name::<T>(),
                        other_type,
                    }
                })?;
            }
        }
        Ok(jar)
    }
}

/// Encodes the default value of a session type, the smallest session of a jar.
fn encoded_default<T: SessionData>(format: Format) -> Result<codec::Encoded, ConfigError> {
    let value = T::default();
    let encoded = codec::encode(format, &value);
    encoded
        .and_then(|encoded| encoded.check(&value).map(|()| encoded))
        .map_err(|reason| ConfigError::Unfaithful {
            session_type: std::any::type_name::<T>(),
            reason,
        })
}

/// What the messages for the next page may take, in bytes: they travel beside the session.
const FLASH_SIZE: usize = 1024;
/// How long messages wait for a page. Later they would surprise.
const FLASH_IDLE: u32 = 300;
