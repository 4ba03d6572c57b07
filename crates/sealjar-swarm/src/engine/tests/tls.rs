//! Who is believed to be the engine, and who are we to it?

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::peer::{Record, ok, serve};
use crate::engine::{Engine, EngineError};
use crate::engine::{Host, HostError};

/// An authority, and what it has signed, as `DOCKER_CERT_PATH` has it: for the engine and for the
/// client.
struct Authority {
    directory: TempDir,
}

impl Authority {
    /// `name` is who its engine claims to be.
    fn of(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let write = |file: &str, pem: String| fs::write(directory.path().join(file), pem).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        write("ca.pem", params.self_signed(&key).unwrap().pem());
        let issuer = Issuer::new(params, key);
        for (names, certificate, key) in [
            (vec![name.to_owned()], "server.pem", "server-key.pem"),
            (Vec::new(), "cert.pem", "key.pem"),
        ] {
            let own = KeyPair::generate().unwrap();
            let params = CertificateParams::new(names).unwrap();
            let signed = params.signed_by(&own, &issuer).unwrap();
            write(certificate, signed.pem());
            write(key, own.serialize_pem());
        }
        Self { directory }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap())
            .unwrap();
        roots
    }

    /// A directory with this client's certificate, and the authority that another trusts.
    fn believing(self, other: &Self) -> Self {
        fs::copy(other.path("ca.pem"), self.path("ca.pem")).unwrap();
        self
    }
}

/// An engine of one authority, which takes the clients of an authority, or any.
struct Served {
    port: u16,
    heard: Record,
    _server: JoinSet<()>,
}

impl Served {
    async fn by(authority: &Authority, clients: Option<&Authority>) -> Self {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(clients) => config.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(clients.roots()), provider)
                    .build()
                    .unwrap(),
            ),
        };
        let certificate = CertificateDer::from_pem_file(authority.path("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(authority.path("server-key.pem")).unwrap();
        let config = config.with_single_cert(vec![certificate], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Record::default();
        let record = Arc::clone(&heard);
        let mut server = JoinSet::new();
        server.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let version = json!({ "ApiVersion": "1.41" }).to_string();
                    serve(stream, &record, &move |_| ok(&version)).await;
                }
            }
        });
        Self {
            port,
            heard,
            _server: server,
        }
    }

    /// Asks it over TLS with the certificates in a directory.
    async fn ask(&self, certificates: &Authority) -> Result<(), EngineError> {
        let host = format!("tcp://127.0.0.1:{}", self.port);
        let host = Host::parse(&host, Some(certificates.directory.path())).unwrap();
        Engine::new(host).info().await.map(drop)
    }

    /// Checks that it cannot be spoken to, and was asked nothing.
    async fn denies(&self, certificates: &Authority, words: &str) {
        let error = self.ask(certificates).await.unwrap_err();
        assert!(matches!(error, EngineError::Denied { .. }), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.hint().contains("ca.pem"), "{}", error.hint());
        assert!(self.heard.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn both_sides_know_each_other_by_their_authority() {
    let authority = Authority::of("127.0.0.1");
    let served = Served::by(&authority, Some(&authority)).await;
    served.ask(&authority).await.unwrap();
    assert_eq!(served.heard.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_engine_of_another_authority_is_not_spoken_to() {
    let (authority, other) = (Authority::of("127.0.0.1"), Authority::of("127.0.0.1"));
    let served = Served::by(&other, None).await;
    served.denies(&authority, "invalid peer certificate").await;
    // The same engine answers a client that trusts its authority.
    served.ask(&authority.believing(&other)).await.unwrap();
}

#[tokio::test]
async fn an_engine_that_is_somebody_else_is_not_spoken_to() {
    for name in ["127.0.0.2", "localhost", "engine.example"] {
        let authority = Authority::of(name);
        let served = Served::by(&authority, None).await;
        served
            .denies(&authority, "certificate not valid for name")
            .await;
    }
}

#[tokio::test]
async fn a_client_that_the_engine_does_not_know_is_told_so() {
    let (authority, other) = (Authority::of("127.0.0.1"), Authority::of("127.0.0.1"));
    let served = Served::by(&authority, Some(&authority)).await;
    let stranger = other.believing(&authority);
    served.denies(&stranger, "alert").await;
    // The same engine answers it when it takes anybody.
    let open = Served::by(&authority, None).await;
    open.ask(&stranger).await.unwrap();
}

#[test]
fn certificates_that_cannot_be_used_are_named_with_the_reason() {
    let broken = |file: &str, content: Option<&str>| {
        let authority = Authority::of("engine.example");
        match content {
            None => fs::remove_file(authority.path(file)).unwrap(),
            Some(content) => fs::write(authority.path(file), content).unwrap(),
        }
        let host = "tcp://engine.example:2376";
        match Host::parse(host, Some(authority.directory.path())).unwrap_err() {
            error @ HostError::Certificate { .. } => {
                let text = error.to_string();
                let directory = authority.directory.path().join("");
                text.strip_prefix(directory.to_str().unwrap())
                    .unwrap()
                    .to_owned()
            }
            error => panic!("{error:?}"),
        }
    };
    let secret = fs::read_to_string(Authority::of("a").path("key.pem")).unwrap();
    for (file, content, said) in [
        (
            "ca.pem",
            None,
            "ca.pem: No such file or directory (os error 2)",
        ),
        ("cert.pem", Some(""), "cert.pem: no certificate is in it"),
        (
            "ca.pem",
            Some(secret.as_str()),
            "ca.pem: no certificate is in it",
        ),
        ("key.pem", Some(""), "key.pem: no private key is in it"),
        (
            "key.pem",
            Some(secret.as_str()),
            "cert.pem: keys may not be consistent: KeyMismatch",
        ),
    ] {
        let text = broken(file, content);
        assert_eq!(text, said);
        assert!(!text.contains("PRIVATE"));
    }
}
