//! Three replicas behind a proxy, and people who use them all the time.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use actix_session::config::CookieContentSecurity;
use actix_web::HttpServer;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use sealjar::{Key, LiveRing, Suite, Timestamp};
use sealjar_tests::crowd::Crowd;
use sealjar_tests::proxy::{self, Routes};
use sealjar_tests::visitor::Noticed;

use crate::{former, sealed};

/// What keeps the sessions of the former build.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Library {
    ActixPrivate,
    /// The same, and handlers that stay as they are.
    ActixDropIn,
    ActixSigned,
    AxumPrivate,
    AxumSigned,
    /// This one, while the application and its cookie get other names.
    Sealed,
    TowerPrivate,
    /// The same, and handlers that stay as they are.
    TowerDropIn,
    TowerSigned,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Build {
    /// The former library alone.
    Former,
    /// Opens both cookies and writes the former one.
    First,
    /// Opens both and writes the jar's own.
    Second,
    /// A jar that knows nothing of the former library.
    WithoutFormer,
}

/// A site, while a crowd uses it.
pub(crate) struct Site {
    library: Library,
    ring: LiveRing,
    since: Timestamp,
    routes: Routes,
    crowd: Crowd,
}

impl Site {
    pub(crate) fn of(library: Library, build: Build) -> Self {
        let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm).unwrap());
        let since = Timestamp::now().unwrap();
        let start = |_| Some(start(library, build, &ring, since));
        let routes: Routes = Arc::new(RwLock::new((0..REPLICAS).map(start).collect()));
        let origin = format!("http://{}", proxy::start(Arc::clone(&routes)));
        Self {
            library,
            ring,
            since,
            routes,
            crowd: Crowd::gather(&origin, PEOPLE, Duration::from_millis(5)),
        }
    }

    /// Puts another build in the place of a replica, which still answers what it has begun.
    pub(crate) fn replace(&mut self, slot: usize, build: Build) {
        let replica = start(self.library, build, &self.ring, self.since);
        self.routes.write().unwrap()[slot] = Some(replica);
    }

    /// Returns what people noticed since this was last asked, once each has been there again.
    pub(crate) fn noticed(&mut self) -> Noticed {
        self.crowd.noticed()
    }

    pub(crate) fn close(self) -> Noticed {
        self.crowd.leave()
    }
}

fn start(library: Library, build: Build, ring: &LiveRing, since: Timestamp) -> SocketAddr {
    match (build, library) {
        (Build::Former, Library::ActixPrivate | Library::ActixDropIn) => {
            former::actix(CookieContentSecurity::Private)
        }
        (Build::Former, Library::ActixSigned) => former::actix(CookieContentSecurity::Signed),
        (Build::Former, Library::AxumPrivate) => former::axum_private(),
        (Build::Former, Library::AxumSigned) => former::axum_signed(),
        (Build::Former, Library::TowerPrivate | Library::TowerDropIn) => former::tower(true),
        (Build::Former, Library::TowerSigned) => former::tower(false),
        _ => sealed::start(library, build, ring, since),
    }
}

/// Serves on a thread until the process ends, and returns the address.
pub(crate) fn on_actix<S>(
    app: impl Fn() -> actix_web::App<S> + Clone + Send + 'static,
) -> SocketAddr
where
    S: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<actix_web::body::BoxBody>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let server = HttpServer::new(app).workers(1).disable_signals();
        actix_web::rt::System::new()
            .block_on(server.listen(listener).unwrap().run())
            .unwrap();
    });
    address
}

pub(crate) const REPLICAS: usize = 3;
const PEOPLE: usize = 6;
/// The former library's cookie, and the names of what it keeps.
pub(crate) const OLD: &str = "login";
pub(crate) const NAMES: [&str; 2] = ["user", "jars"];
/// Its key, of these tests alone.
pub(crate) static KEY: std::sync::LazyLock<[u8; 64]> =
    std::sync::LazyLock::new(|| cookie::Key::generate().master().try_into().unwrap());
