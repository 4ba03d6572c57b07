//! Which configurations can work? The others are refused before the first visitor comes.

mod binding;
mod browsers;
mod logout;

pub use browsers::DEFAULT_COOKIE_NAME;

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use sealjar::{__hazmat as hazmat, ClockError, LiveRing, Timestamp};

use crate::codec::{self, Body};
use crate::config_error::{ConfigError, impossible};
use crate::cookie::attributes::{Attributes, SameSite, Scope};
use crate::cookie::{MAX_LINE, MAX_TOTAL};
use crate::data::SessionData;
use crate::delivery::Delivery;
use crate::envelope::Envelope;
use crate::jar::Jar;
use crate::registry::{self, Namespace};
use crate::shared::{Clock, Settings, Shared};
use crate::timeouts::Requested;
use crate::unsealed::session_sealer;

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
    no_store_when_logged_in: bool,
    binding: Vec<u8>,
    in_another_process: bool,
    clock: Clock,
    session_type: PhantomData<fn() -> T>,
}

impl<T: SessionData> Jar<T> {
    /// Builds a jar with the defaults for the application `app`, named with its environment, such as
    /// `shop-prod`. One ring may serve many applications: the name keeps their sessions apart.
    ///
    /// # Errors
    /// [`ConfigError`] when `app` is empty or `T` does not survive being encoded.
    pub fn new(ring: impl Into<LiveRing>, app: impl Into<String>) -> Result<Self, ConfigError> {
        Self::builder(ring, app).build()
    }

    /// Begins a jar with settings of its own.
    pub fn builder(ring: impl Into<LiveRing>, app: impl Into<String>) -> JarBuilder<T> {
        JarBuilder::new(ring.into(), app.into())
    }
}

impl<T: SessionData> JarBuilder<T> {
    fn new(ring: LiveRing, app: String) -> Self {
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
            persistent: true,
            keep_alive: false,
            timeouts: Requested::default(),
            max_size: MAX_LINE,
            padding: 1,
            insecure_http: false,
            clear_site_data: None,
            no_store_when_logged_in: false,
            binding: Vec::new(),
            in_another_process: false,
            clock: Clock::default(),
            session_type: PhantomData,
        }
    }

    /// Names the cookie. Default `__Host-Http-session`: browsers take a `__Host-` cookie over https only,
    /// for the whole host and no other, and those that know `__Host-Http-` let no script set it.
    ///
    /// Jars of two session types need two names, or browsers put one session in the other's place.
    /// [`build`](Self::build) refuses the second type while a jar of the first is in use in this process,
    /// with the same app and binding and a key that is in both rings.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Limits the cookie to a path and what is below it, such as `/shop`. Default `/`. It is no
    /// protection between applications.
    ///
    /// Before you change it in an application that runs, see [`also_expire`](Self::also_expire).
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.scope.path = path.into();
        self
    }

    /// Gives the cookie to a domain, such as `example.org`, and all hosts below it. By default it stays
    /// with the host that set it.
    ///
    /// Before you change it in an application that runs, see [`also_expire`](Self::also_expire).
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.scope.domain = Some(domain.into());
        self
    }

    /// Says on which cross-site requests browsers send the cookie. Default [`SameSite::Lax`].
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Keeps one cookie for each site that embeds this one (`Partitioned`). Off by default. It needs
    /// [`SameSite::None`].
    ///
    /// Turned on in an application that runs, each write and purge also expires the cookie from before.
    /// Turned off, nothing can: give the cookie another name then.
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// Says whether the cookie outlives the browser's window (`Max-Age`). On by default.
    pub fn persistent(mut self, persistent: bool) -> Self {
        self.persistent = persistent;
        self
    }

    /// Ends a session that is not used for this long, in whole seconds. Default 24 hours.
    ///
    /// The ring bounds it: no session lives longer without use than the ring's sealing key allows
    /// (the keeper's `token-lifetime`). If the ring allows less, [`build`](Self::build) warns with
    /// the date from which all of it holds, if the ring's keys tell one, and sessions end earlier
    /// until then. [`exact_timeouts`](Self::exact_timeouts) makes that an error.
    ///
    /// # Examples
    /// "Remember me for 30 days". Every other session says so itself, with
    /// [`SessionData::expiry`].
    /// ```
    /// use std::time::Duration;
    /// use sealjar::{Key, Suite};
    /// use sealjar_session::Jar;
    ///
    /// let jar: Jar<()> = Jar::builder(Key::generate(Suite::Xaes256Gcm)?, "shop-dev")
    ///     .idle_timeout(Duration::from_secs(30 * 86_400))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.timeouts.idle = Some(idle);
        self
    }

    /// Ends a session this long after its login, whatever happens, in whole seconds. Default 7 days,
    /// or the idle timeout if that is longer.
    ///
    /// The ring bounds it: no session lives longer than the ring remembers revocations (the keeper's
    /// `revocation-horizon`). If the ring allows less, [`build`](Self::build) warns and sessions end
    /// earlier.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.timeouts.lifetime = Some(lifetime);
        self
    }

    /// Makes [`build`](Self::build) fail if the ring allows less than
    /// [`idle_timeout`](Self::idle_timeout) or [`lifetime`](Self::lifetime) asks for, instead of
    /// warning. Off by default: the application would not start after a change of its timeouts until
    /// the ring's keys have been rotated.
    pub fn exact_timeouts(mut self, exact: bool) -> Self {
        self.timeouts.exact = exact;
        self
    }

    /// Seals a session that is only read again after this long, in whole seconds. Default: a quarter
    /// of the idle timeout.
    pub fn refresh_after(mut self, after: Duration) -> Self {
        self.timeouts.refresh_after = Some(after);
        self
    }

    /// Lets every request whose handler uses the session extend its idle time, and not only those that
    /// load a page, still at most once in [`refresh_after`](Self::refresh_after). Off by default: a page
    /// that polls in the background would never let its visitor's session end. What a browser fetches
    /// ahead of time does not count.
    ///
    /// Turn it on for pages that live on fetch, such as those of htmx, Turbo or a single-page
    /// application. A layer of an adapter does the same for the requests below it, and
    /// [`Session::keep_alive`](crate::Session::keep_alive) for one request.
    pub fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// Bounds the size of all cookies of a session, `name=value` joined by `; `, in bytes. Default
    /// 4096, which is one cookie; up to 12 288 in several. Mind the limits of proxies: nginx takes 8
    /// KiB of request headers and 4 KiB of response headers unless told otherwise.
    pub fn max_size(mut self, bytes: usize) -> Self {
        self.max_size = bytes;
        self
    }

    /// Pads sessions to a multiple of so many bytes, so that a cookie's length tells less. Default 1,
    /// no padding.
    pub fn padding(mut self, bucket: u16) -> Self {
        self.padding = bucket;
        self
    }

    /// Drops `Secure` and names the cookie `session`, for plain http on a host name of a local
    /// network, or Safari on localhost. Chromium and curl need it for neither `localhost` nor
    /// `127.0.0.1`.
    ///
    /// # Security
    /// Whoever can read or answer the connection can take the session or plant one.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.insecure_http = allow;
        self
    }

    /// Tells the jar what time it is, for tests of expiry. The default reads the system's clock.
    pub fn clock(
        mut self,
        clock: impl Fn() -> Result<Timestamp, ClockError> + Send + Sync + 'static,
    ) -> Self {
        self.clock = Clock(Arc::new(clock));
        self
    }

    /// Lets the jar stand for one of another build, in another process. [`build`](Self::build) does not
    /// refuse it then because a jar of another session type has its cookie.
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

    /// Checks the configuration and the session type, and builds the jar.
    ///
    /// # Errors
    /// [`ConfigError::Impossible`] with the setting, its value and why it cannot work;
    /// [`ConfigError::OneName`] when a jar of another session type has the cookie's name;
    /// [`ConfigError::Unfaithful`] when `T::default()` does not survive being encoded.
    pub fn build(self) -> Result<Jar<T>, ConfigError> {
        let value = T::default();
        let unfaithful = |reason| ConfigError::Unfaithful {
            session_type: std::any::type_name::<T>(),
            reason,
        };
        let empty = codec::encode(&value).map_err(|error| unfaithful(error.to_string()))?;
        empty.check(&value).map_err(unfaithful)?;
        if self.app.is_empty() {
            return impossible(
                "app",
                "\"\"",
                "name the application and its environment, such as shop-prod",
            );
        }
        let name = browsers::checked_name(self.cookie_name.as_deref(), self.insecure_http)?;
        browsers::Wanted {
            path: &self.scope.path,
            domain: self.scope.domain.as_deref(),
            same_site: self.same_site,
            partitioned: self.partitioned,
            insecure_http: self.insecure_http,
        }
        .check(&name)?;
        logout::check_former(&self.former, &self.scope, &name)?;
        logout::check_clear_site_data(self.clear_site_data)?;
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
        let sealer =
            session_sealer(self.ring, &self.app, &name, &self.binding)?.padded_to(self.padding)?;
        let frame = Envelope {
            schema: T::SCHEMA,
            id: [0; 8],
            revision: u32::MAX,
        };
        let payload = frame.payload_len(empty.body(), Body::default());
        let smallest = name.len() + 1 + hazmat::sealed_len(&sealer, payload);
        if self.max_size < smallest || attributes.len(Some(timeouts.idle)) + smallest > MAX_LINE {
            return impossible(
                "max_size",
                self.max_size,
                format!("an empty session already takes {smallest} bytes and its attributes"),
            );
        }
        let jar = Jar::from_shared(Shared::new(
            sealer,
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
                no_store_when_logged_in: self.no_store_when_logged_in,
                clock: self.clock,
            },
            Delivery::new(!self.insecure_http, self.scope.domain.as_deref()),
            ring_allows_less,
        ));
        if !self.in_another_process {
            let namespace = Namespace {
                app: self.app,
                cookie_name: jar.cookie_name().into(),
                binding: self.binding,
            };
            registry::enter::<T>(namespace, &jar.shared).map_err(|other_type| {
                ConfigError::OneName {
                    cookie_name: jar.cookie_name().into(),
                    session_type: std::any::type_name::<T>(),
                    other_type,
                }
            })?;
        }
        Ok(jar)
    }
}
