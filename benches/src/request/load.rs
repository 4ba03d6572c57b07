//! How much CPU time does a server spend on a request, with everything that a real one does?
//!
//! Each application is a process of its own on loopback, asked by a few connections from this one.
//! What is counted is the server's CPU time over a known number of requests, never the client's.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::apps::App;
use super::{LOGIN, VARIANTS, Variant, at};
use crate::measure::{Effort, median, uncounted};
use crate::report::{Cell, Report, Table};

pub(super) fn run(effort: Effort, report: &mut Report) {
    match uncounted(|| measure(effort)) {
        Ok(table) => report.tables.push(table),
        Err(error) => eprintln!("the load table was left out: {error}"),
    }
}

fn measure(effort: Effort) -> io::Result<Table> {
    let mut servers = Vec::new();
    for app in App::ALL {
        servers.push((app, Server::start(app)?));
    }
    let mut samples = VARIANTS.map(|_| Vec::new());
    let started = Instant::now();
    for _ in 0..effort.load_rounds {
        for (variant, samples) in VARIANTS.iter().zip(&mut samples) {
            let server = servers.iter_mut().find(|(app, _)| *app == variant.app);
            let (_, server) = server.expect("one was started for each application");
            samples.push(server.round(*variant, effort.load_requests)?);
        }
        if started.elapsed() > LONGEST {
            break;
        }
    }
    let times = samples.map(median);

    let mut table = Table::new(
        "server CPU per request, counted load over loopback",
        &["CPU", "added", "added / MemoryStore"],
    );
    for (at, variant) in VARIANTS.iter().enumerate() {
        let added = |at: usize| times[at] - times[VARIANTS[at].baseline()];
        let memory = added(if variant.writes() {
            at::MEMORY_WRITE
        } else {
            at::MEMORY_READ
        });
        let mut cells = vec![Cell::Us(times[at])];
        if at > at::PLAIN_WRITE {
            cells.extend([Cell::Us(added(at)), Cell::Ratio(added(at) / memory)]);
        }
        table.row(variant.name, cells);
    }
    Ok(table)
}

/// A child process and the pipes to it. It ends when its standard input closes.
struct Server {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    port: u16,
}

impl Server {
    fn start(app: App) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", app.word()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let ask = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut server = Self {
            child,
            ask,
            answers,
            port: 0,
        };
        let port = server.number()?;
        server.port = u16::try_from(port).map_err(io::Error::other)?;
        Ok(server)
    }

    /// Sends so many requests over each of a few connections, and returns the server's CPU time for
    /// each in nanoseconds.
    fn round(&mut self, variant: Variant, requests: u32) -> io::Result<f64> {
        let port = self.port;
        let mut visitors = (0..CONNECTIONS)
            .map(|_| Visitor::connect(port))
            .collect::<io::Result<Vec<_>>>()?;
        let each = requests / CONNECTIONS;
        let before = self.cpu_time()?;
        std::thread::scope(|scope| {
            let threads: Vec<_> = visitors
                .iter_mut()
                .map(|visitor| {
                    scope.spawn(|| (0..each).try_for_each(|_| visitor.ask(variant.path)))
                })
                .collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or(Err(io::ErrorKind::Other.into())))
        })?;
        let used = self.cpu_time()? - before;
        Ok(crate::measure::nanos(used) / f64::from(each * CONNECTIONS))
    }

    fn cpu_time(&mut self) -> io::Result<Duration> {
        self.ask
            .as_mut()
            .ok_or(io::ErrorKind::BrokenPipe)?
            .write_all(b"\n")?;
        Ok(Duration::from_nanos(self.number()?))
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        line.trim().parse().map_err(io::Error::other)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ask = None;
        _ = self.child.wait();
    }
}

/// A visitor with one connection that stays open, and the newest cookie.
struct Visitor {
    stream: TcpStream,
    cookie: Vec<u8>,
    answer: Vec<u8>,
}

impl Visitor {
    fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut visitor = Self {
            stream,
            cookie: Vec::new(),
            answer: Vec::new(),
        };
        visitor.ask(LOGIN)?;
        Ok(visitor)
    }

    /// Sends one request and reads its answer to the end.
    fn ask(&mut self, path: &str) -> io::Result<()> {
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: shop.example\r\n").into_bytes();
        if !self.cookie.is_empty() {
            request.extend_from_slice(b"Cookie: ");
            request.extend_from_slice(&self.cookie);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"Sec-Fetch-Mode: navigate\r\n\r\n");
        self.stream.write_all(&request)?;

        self.answer.clear();
        let mut chunk = [0; 4096];
        loop {
            let read = self.stream.read(&mut chunk)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.answer.extend_from_slice(&chunk[..read]);
            // Every answer is the user's name, which nothing follows.
            if self.answer.ends_with(b"\r\n\r\nWilhelmina Oberlander") {
                break;
            }
        }
        if !self.answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(io::Error::other("the server refused"));
        }
        let mut lines = self.answer.split(|byte| *byte == b'\n');
        if let Some(value) = lines.find_map(|line| line.strip_prefix(b"set-cookie: ")) {
            let pair = value.split(|byte| *byte == b';').next();
            self.cookie = pair.unwrap_or_default().to_vec();
        }
        Ok(())
    }
}

const CONNECTIONS: u32 = 4;
/// No new round begins after this time.
const LONGEST: Duration = Duration::from_secs(20);
