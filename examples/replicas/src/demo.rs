//! The demonstration, step by step.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::cli::{COULD_NOT_RUN, Cli, INTERRUPTED, LOST};
use crate::drive::{Plan, drive};
use crate::error::Failed;
use crate::fleet::{Fleet, REPLICAS, Setup};
use crate::page::{self, Page};
use crate::proxy::Proxy;
use crate::report::{Report, Verdict};
use crate::rotation::Rotation;
use crate::stores::{RedisStore, State};
use crate::traefik::Traefik;
use crate::way::Way;

pub(crate) fn run(cli: &Cli) -> Result<ExitCode, Failed> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failed::when(
            "the runtime does not start",
            "see the limits on threads",
        ))?
        .block_on(demonstrate(cli))
}

async fn demonstrate(cli: &Cli) -> Result<ExitCode, Failed> {
    // The ring's directory is open to this user alone, and goes when this function ends.
    let directory = TempDir::with_prefix("sealjar-replicas-").map_err(Failed::when(
        "there is no place for the ring",
        "set TMPDIR to a directory that can be written",
    ))?;
    let mut rotation = Rotation::begin(directory.path().join("ring.json")).await?;
    if !cli.one_phase {
        rotation.start_keeper()?;
    }
    let ring = rotation.document().to_owned();
    let rotation = Arc::new(Mutex::new(rotation));
    let redis_prefix = format!("sealjar-replicas:{}:", std::process::id());
    let redis = match &cli.redis {
        Some(url) => Some(RedisStore::connect(url, &redis_prefix).await?),
        None => None,
    };
    let setup = Setup {
        ring,
        redis: cli.redis.clone(),
        redis_prefix,
        late: cli.one_phase,
    };

    // However the demonstration ends, its replicas end with it.
    let (mut fleets, mut traefik) = (Vec::new(), None);
    let front = Front {
        directory: directory.path(),
        traefik: &mut traefik,
    };
    let ended = tokio::select! {
        ended = measure(cli, setup, &rotation, redis.as_ref(), &mut fleets, front) => ended,
        () = shop::asked_to_stop() => Ok(Ended { code: INTERRUPTED, origin: None }),
    };
    if let (
        Ok(Ended {
            origin: Some(origin),
            ..
        }),
        false,
    ) = (&ended, cli.once)
    {
        rotation.lock().await.leave_rotations_to_the_page().await?;
        eprintln!("watch and break it at {origin} until Ctrl-C");
        shop::asked_to_stop().await;
    }
    if let Some(traefik) = traefik {
        traefik.stop().await;
    }
    for fleet in &fleets {
        fleet.stop().await;
    }
    rotation.lock().await.stop().await;
    if let Some(redis) = redis {
        // Anything left expires by itself.
        _ = timeout(Duration::from_secs(2), redis.clear()).await;
    }
    Ok(ExitCode::from(ended?.code))
}

/// What a Traefik in front needs, and where its files are.
struct Front<'a> {
    directory: &'a std::path::Path,
    traefik: &'a mut Option<Traefik>,
}

struct Ended {
    code: u8,
    /// The address of the page, if it is served.
    origin: Option<String>,
}

/// Starts everything, sends the visitors, and prints what they noticed.
async fn measure(
    cli: &Cli,
    setup: Setup,
    rotation: &Arc<Mutex<Rotation>>,
    redis: Option<&RedisStore>,
    fleets: &mut Vec<Arc<Fleet>>,
    front: Front<'_>,
) -> Result<Ended, Failed> {
    let proxy = match &cli.traefik {
        Some(program) => format!("Traefik {}", Traefik::version(program).await?),
        None => BUILT_IN.into(),
    };
    for way in Way::ALL {
        if way != Way::Redis || redis.is_some() {
            fleets.push(Arc::new(Fleet::start(way, setup.clone()).await?));
        }
    }
    let listener = listen(cli).await?;
    let address = listener
        .local_addr()
        .map_err(Failed::when("no address", PORT_HINT))?;
    let origin = format!("http://{address}");
    let page = Page::new(fleets, rotation, address, &proxy);
    let router = page::router(page, Proxy::new(fleets));
    // It ends with the process. An error could only come from the listener, which has none.
    let serve = |listener| tokio::spawn(async { axum::serve(listener, router).await });
    match &cli.traefik {
        None => _ = serve(listener),
        Some(program) => {
            // Traefik takes the free address, and requests the page from another one.
            drop(listener);
            let cannot = || Failed::when::<std::io::Error>("the page has no address", PORT_HINT);
            let behind = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
            let behind = behind.map_err(cannot())?;
            let page = behind.local_addr().map_err(cannot())?;
            serve(behind);
            let started = Traefik::start(program, front.directory, address, page, fleets);
            *front.traefik = Some(started.await?);
        }
    }

    if !cli.json {
        eprintln!(
            "{} ways, {} replicas, {} visitors each, {} requests each, through {proxy}",
            fleets.len(),
            fleets.len() * REPLICAS,
            cli.visitors,
            cli.requests
        );
    }
    let plan = Plan {
        origin: origin.clone(),
        visitors: cli.visitors,
        requests: cli.requests,
        one_phase: cli.one_phase,
        quiet: cli.json,
    };
    let course = drive(&plan, fleets, rotation).await?;
    let states = count_states(fleets, redis).await?;
    let report = Report::new(&course, &states);
    if cli.json {
        println!("{}", report.to_json());
    } else {
        let failed: u32 = course.tallies.iter().map(|(_, tally)| tally.failed).sum();
        println!(
            "{}{} replicas and {} keepers killed and replaced, {} key rotations, {failed} requests \
             cut off by a death, {:.1} s",
            report.to_table(),
            course.deaths.replicas,
            course.deaths.keepers,
            course.rotations,
            course.took.as_secs_f32()
        );
    }
    Ok(Ended {
        code: judge(&report),
        origin: Some(origin),
    })
}

fn judge(report: &Report) -> u8 {
    match report.verdict() {
        Verdict::Shown => 0,
        Verdict::SealedLost => {
            eprintln!("error: the sealed way lost sessions or items, which it must not");
            LOST
        }
        Verdict::NothingShown => {
            eprintln!(
                "error: not even memory lost a session, so this run shows nothing\nhint: let more \
                 visitors make more requests"
            );
            COULD_NOT_RUN
        }
    }
}

/// Asks every replica what it stores. Redis is asked once, for all.
async fn count_states(
    fleets: &[Arc<Fleet>],
    redis: Option<&RedisStore>,
) -> Result<Vec<(Way, State)>, Failed> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .map_err(Failed::when("the replicas cannot be asked", COUNT_HINT))?;
    let mut states = Vec::new();
    for fleet in fleets {
        let mut sum = State::default();
        if let (Way::Redis, Some(redis)) = (fleet.way, redis) {
            sum = redis
                .state()
                .await
                .map_err(Failed::when("Redis cannot be counted", COUNT_HINT))?;
        }
        for route in fleet.routes().into_iter().flatten() {
            let cannot = || Failed::when("a replica does not say what it holds", COUNT_HINT);
            let answer = client
                .get(format!("http://{}/state", route.address))
                .send()
                .await
                .map_err(cannot())?;
            let text = answer.bytes().await.map_err(cannot())?;
            let state: State = serde_json::from_slice(&text).map_err(Failed::when(
                "a replica does not say what it holds",
                COUNT_HINT,
            ))?;
            sum.sessions += state.sessions;
            sum.bytes += state.bytes;
        }
        states.push((fleet.way, sum));
    }
    Ok(states)
}

/// Listens on the page's port, or the next free one if it is taken; without a page on any port.
async fn listen(cli: &Cli) -> Result<TcpListener, Failed> {
    let ports = if cli.once {
        0..=0
    } else {
        cli.port..=cli.port.saturating_add(50)
    };
    for port in ports {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if let Ok(listener) = TcpListener::bind(address).await {
            return Ok(listener);
        }
    }
    Err(Failed::new("no port is free for the page", PORT_HINT))
}

const BUILT_IN: &str = "the built-in proxy";
const PORT_HINT: &str = "choose another with --port";
const COUNT_HINT: &str = "this is a mistake in the demonstration, please report it";
