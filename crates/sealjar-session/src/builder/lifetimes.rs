//! How long do sessions live?

use std::sync::Arc;
use std::time::Duration;

use sealjar::{ClockError, Timestamp};

use crate::builder::JarBuilder;
use crate::data::SessionData;
use crate::shared::Clock;

impl<T: SessionData> JarBuilder<T> {
    /// Ends a session that is not used for this long, in whole seconds. Default 24 hours.
    ///
    /// The ring bounds it: no session lives longer without use than the ring's sealing key allows
    /// (the keeper's `token-lifetime`). If the ring allows less, [`build`](Self::build) warns with
    /// the date from which all of it holds, if the ring's keys tell one, and sessions end earlier
    /// until then. [`exact_timeouts`](Self::exact_timeouts) makes that an error.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// // "Remember me for 30 days". A session can ask for less with `SessionData::expiry`.
    /// use std::time::Duration;
    ///
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .idle_timeout(Duration::from_secs(30 * 86_400))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.timeouts.idle = Some(idle);
        self
    }

    /// Ends a session this long after its login, whatever happens, in whole seconds. Default 7
    /// days, or the idle timeout if that is longer.
    ///
    /// The ring bounds it: no session lives longer than the ring remembers revocations (the
    /// keeper's `revocation-horizon`). If the ring allows less, [`build`](Self::build) warns and
    /// sessions end earlier.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// use std::time::Duration;
    ///
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .lifetime(Duration::from_secs(12 * 3600)) // log in once each working day
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.timeouts.lifetime = Some(lifetime);
        self
    }

    /// Makes [`build`](Self::build) fail if the ring allows less than
    /// [`idle_timeout`](Self::idle_timeout) or [`lifetime`](Self::lifetime) asks for, instead of
    /// warning. Off by default: the application would not start after a change of its timeouts
    /// until the ring's keys have been rotated.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// use std::time::Duration;
    ///
    /// // This ring allows tokens of 24 hours.
    /// let refused = Jar::<()>::builder(testing::ring(), "shop-prod")
    ///     .idle_timeout(Duration::from_secs(30 * 86_400))
    ///     .exact_timeouts(true)
    ///     .build();
    /// assert!(refused.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exact_timeouts(mut self, exact: bool) -> Self {
        self.timeouts.exact = exact;
        self
    }

    /// Seals a session that is only read again after this long, in whole seconds. Default: a
    /// quarter of the idle timeout.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// use std::time::Duration;
    ///
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .idle_timeout(Duration::from_secs(3600))
    ///     .refresh_after(Duration::from_secs(60))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refresh_after(mut self, after: Duration) -> Self {
        self.timeouts.refresh_after = Some(after);
        self
    }

    /// Lets every request whose handler uses the session extend its idle time, and not only those
    /// that load a page, still at most once in [`refresh_after`](Self::refresh_after). Off by
    /// default: a page that polls in the background would never let its visitor's session end. What
    /// a browser fetches ahead of time does not count.
    ///
    /// Turn it on for pages that live on fetch, such as those of htmx, Turbo or a single-page
    /// application. A layer of an adapter does the same for the requests below it, and
    /// [`Session::keep_alive`](crate::Session::keep_alive) for one request.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .keep_alive(true)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// Tells the jar what time it is, for tests of expiry. The default reads the system's clock.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Origin, testing};
    /// use sealjar::Timestamp;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// let seconds = Arc::new(AtomicU64::new(Timestamp::now()?.unix()));
    /// let jar = Jar::<()>::builder(testing::ring(), "test")
    ///     .clock({
    ///         let seconds = Arc::clone(&seconds);
    ///         move || Timestamp::from_unix(seconds.load(Ordering::Relaxed))
    ///     })
    ///     .build()?;
    /// let cookie = jar.cookie_for(&())?;
    ///
    /// seconds.fetch_add(86_400, Ordering::Relaxed); // a day later
    /// let session = jar.open([cookie], FetchMetadata::default());
    /// let Origin::Refused(why) = session.origin() else {
    ///     panic!("it is over");
    /// };
    /// assert_eq!(why.kind().as_str(), "expired");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(
        mut self,
        clock: impl Fn() -> Result<Timestamp, ClockError> + Send + Sync + 'static,
    ) -> Self {
        self.clock = Clock(Arc::new(clock));
        self
    }
}
