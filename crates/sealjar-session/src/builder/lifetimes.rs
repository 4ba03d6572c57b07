//! How long do sessions live?

use std::sync::Arc;
use std::time::Duration;

use sealjar::{ClockError, Timestamp};

use crate::builder::JarBuilder;
use crate::data::SessionData;
use crate::shared::Clock;

impl<T: SessionData> JarBuilder<T> {
    /// Ends a session after this long without use, in whole seconds. Default 24 hours.
    ///
    /// The ring limits it: no session lives longer without use than the ring's sealing key allows
    /// (the keeper's `token-lifetime`). If the ring allows less, sessions end earlier, and
    /// [`build`](Self::build) warns. The warning gives the date from which the ring allows the full
    /// time, if its keys show one. With [`exact_timeouts`](Self::exact_timeouts) it is an error.
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

    /// Ends a session this long after its login, however much it is used, in whole seconds. Default
    /// 7 days, or the idle timeout if that is longer.
    ///
    /// The ring limits it: no session lives longer than the ring remembers revocations (the
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

    /// Makes [`build`](Self::build) fail, instead of warn, if the ring allows less than
    /// [`idle_timeout`](Self::idle_timeout) or [`lifetime`](Self::lifetime) asks for. Off by
    /// default: otherwise an application whose timeouts were raised could not start until the
    /// ring's keys have been rotated.
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

    /// Sets after how long a session that is only read is sealed again, in whole seconds. Default:
    /// a quarter of the idle timeout.
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

    /// Lets every request whose handler uses the session extend its idle time, not only those that
    /// load a page; still at most once per [`refresh_after`](Self::refresh_after). Off by default:
    /// a page that polls in the background would keep its visitor's session alive for ever.
    /// Prefetched pages do not count.
    ///
    /// Turn it on for pages that work by background requests, such as those of htmx, Turbo or a
    /// single-page application. An adapter's layer has the same setting for the routes that it
    /// covers, and [`Session::keep_alive`](crate::Session::keep_alive) does it for one request.
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

    /// Replaces the jar's clock, for tests of expiry. The default reads the system's clock.
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
