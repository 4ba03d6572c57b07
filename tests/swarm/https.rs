//! How do visitors come over https to a Traefik that has made its own certificate?
//!
//! What they say in the clear is carried through TLS, one connection for each of theirs. reqwest
//! could do it, with a feature that every other program of the workspace would then be built with
//! as well.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

/// Carries connections to these addresses through TLS as long as this is there.
#[derive(Debug)]
pub(crate) struct Https {
    /// Where they are taken.
    pub(crate) origin: String,
    _runtime: Runtime,
}

impl Https {
    /// Of several addresses each connection goes to the next that takes it.
    pub(crate) fn to(addresses: Vec<SocketAddr>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let connector = TlsConnector::from(Arc::new(accepting_any()));
        runtime.spawn(async move {
            let mut addresses = addresses;
            while let Ok((visitor, _)) = listener.accept().await {
                addresses.rotate_left(1);
                // The visitor sees that nobody answers.
                tokio::spawn(carry(visitor, addresses.clone(), connector.clone()));
            }
        });
        Self {
            // The name is what Traefik's rule goes by.
            origin: format!("http://localhost:{port}"),
            _runtime: runtime,
        }
    }
}

async fn carry(mut visitor: TcpStream, to: Vec<SocketAddr>, connector: TlsConnector) -> Option<()> {
    let mut site = None;
    for address in to {
        if let Ok(Ok(taken)) = timeout(PATIENCE, TcpStream::connect(address)).await {
            site = Some(taken);
            break;
        }
    }
    let site = site?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut site = connector.connect(name, site).await.ok()?;
    copy_bidirectional(&mut visitor, &mut site).await.ok()?;
    Some(())
}

fn accepting_any() -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Any(provider)))
        .with_no_client_auth()
}

/// A node that is gone does not say so.
const PATIENCE: Duration = Duration::from_secs(1);

/// Believes every certificate whose key the server has, whatever it says.
#[derive(Debug)]
struct Any(Arc<CryptoProvider>);

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
