//! The process of one replica.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use sealjar_axum::source::RingSource;
use sealjar_axum::{FileSource, KeyRing, SourceError, Watcher};
use shop::Shutdown;
use tokio::net::TcpListener;

use crate::cli::ReplicaPlan;
use crate::error::Failed;
use crate::process;
use crate::stored;
use crate::stores::{CountedMemory, RedisStore, State};
use crate::way::Way;

/// Serves the app until SIGTERM if an address was given, otherwise on a free port of loopback until
/// standard input closes, as it does when the parent has ended, for whatever reason.
pub(crate) fn run(plan: &ReplicaPlan) -> Result<ExitCode, Failed> {
    if plan.listen.is_none() {
        process::end_with_parent();
    }
    process::log();
    // Replicas share the machine's cores with each other, the proxy and all visitors.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failed::when("the runtime does not start", HINT))?
        .block_on(serve(plan))
}

async fn serve(plan: &ReplicaPlan) -> Result<ExitCode, Failed> {
    let shutdown = Shutdown::default();
    let app = app(plan, &shutdown).await?;
    let address = plan.listen.unwrap_or(([127, 0, 0, 1], 0).into());
    let place = format!("a replica cannot listen on {address}");
    let cannot = || Failed::when::<std::io::Error>(&place, HINT);
    let listener = TcpListener::bind(address).await.map_err(cannot())?;
    let port = listener.local_addr().map_err(cannot())?.port();
    let mut output = std::io::stdout();
    writeln!(output, "{port}")
        .and_then(|()| output.flush())
        .map_err(Failed::when("the port cannot be told", HINT))?;
    let asked = plan.listen.map(|_| shutdown.after(plan.shutdown_grace));
    let stop = async move {
        match asked {
            Some(asked) => asked.await,
            None => std::future::pending().await,
        }
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await
        .map_err(cannot())?;
    Ok(ExitCode::SUCCESS)
}

async fn app(plan: &ReplicaPlan, shutdown: &Shutdown) -> Result<Router, Failed> {
    let (name, cookie) = (plan.name.as_str(), plan.way.name());
    Ok(match plan.way {
        Way::Memory | Way::Sticky => {
            let store = CountedMemory::default();
            let counted = store.clone();
            stored::app(store, name, cookie, "in this replica's memory")
                .merge(health(shutdown))
                .route("/state", get(async move || Json(counted.state())))
        }
        Way::Redis => {
            let url = plan.redis.as_deref().unwrap_or("redis://127.0.0.1/");
            let store = RedisStore::connect(url, &plan.redis_prefix).await?;
            // The parent counts what is in Redis once.
            stored::app(store, name, cookie, "in Redis")
                .merge(health(shutdown))
                .route("/state", get(nothing))
        }
        Way::Sealed => {
            let no_ring = |error: SourceError| Failed::new(error.to_string(), error.hint());
            let source = Delivered {
                file: FileSource::find("session-ring").map_err(no_ring)?,
                every: Duration::from_millis(plan.ring_poll_ms),
                last: None,
            };
            let every = source.every;
            let watcher = Watcher::start(source)
                .await
                .map_err(no_ring)?
                .poll_every(every);
            let app = axum_ssr::app(watcher.ring(), &name.into(), cookie, false)
                .map_err(Failed::when("the app cannot be built", HINT))?
                .merge(axum_ssr::health(watcher.readiness(), shutdown.clone()));
            tokio::spawn(watcher.run());
            app.route("/state", get(nothing))
        }
    })
}

/// Serves `/healthz` of a way without a ring.
fn health(shutdown: &Shutdown) -> Router {
    let shutdown = shutdown.clone();
    let answer = async move || {
        if shutdown.has_begun() {
            (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
        } else {
            (StatusCode::OK, "ok\n")
        }
    };
    Router::new().route("/healthz", get(answer))
}

/// A file that arrives late. Here all replicas read one file, and would see a change at once; on
/// several machines a ring arrives on one before the next.
struct Delivered {
    file: FileSource,
    every: Duration,
    last: Option<(Instant, KeyRing)>,
}

impl RingSource for Delivered {
    fn place(&self) -> String {
        self.file.place()
    }

    async fn current(&mut self) -> Result<KeyRing, SourceError> {
        let (_, ring) = match &mut self.last {
            Some(last) if last.0.elapsed() < self.every => last,
            last => last.insert((Instant::now(), self.file.current().await?)),
        };
        ring.draft().build().map_err(|error| SourceError::Ring {
            place: self.file.place(),
            error,
        })
    }

    async fn changed(&mut self) {
        self.file.changed().await;
    }
}

async fn nothing() -> Json<State> {
    Json(State::default())
}

const HINT: &str = "this is a mistake in the demonstration, please report it";
