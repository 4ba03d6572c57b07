//! One connection to Traefik or to an application, and what both sides send.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, Request, StatusCode, Uri, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use sealjar_tests::traefik::Traefik;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spoken {
    Http1,
    Http2,
}

/// A connection that is open. A clone of one that speaks HTTP/2 shares it.
#[derive(Debug)]
pub(crate) enum Wire {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Wire {
    /// Connects to Traefik over https.
    pub(crate) async fn to(traefik: &Traefik, spoken: Spoken) -> Self {
        let stream = secured(traefik, spoken).await;
        Self::over(stream, spoken).await
    }

    /// Connects to an application in the clear.
    pub(crate) async fn directly_to(address: SocketAddr, spoken: Spoken) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::over(stream, spoken).await
    }

    async fn over(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        spoken: Spoken,
    ) -> Self {
        let io = TokioIo::new(stream);
        match spoken {
            Spoken::Http1 => {
                let (sender, connection) = http1::handshake(io).await.unwrap();
                tokio::spawn(connection);
                Self::Http1(sender)
            }
            Spoken::Http2 => {
                let (sender, connection) =
                    http2::handshake(TokioExecutor::new(), io).await.unwrap();
                tokio::spawn(connection);
                Self::Http2(sender)
            }
        }
    }

    /// Sends a request with a path only, to `localhost`. `None`: the connection ended instead of
    /// an answer.
    pub(crate) async fn send(&mut self, mut request: Request<Full<Bytes>>) -> Option<Answer> {
        let path = request.uri().path_and_query().unwrap().clone();
        let response = match self {
            Self::Http1(sender) => {
                let host = "localhost".parse().unwrap();
                request.headers_mut().insert(http::header::HOST, host);
                sender.ready().await.ok()?;
                sender.send_request(request).await
            }
            Self::Http2(sender) => {
                *request.uri_mut() = format!("https://localhost{path}").parse::<Uri>().unwrap();
                *request.version_mut() = Version::HTTP_2;
                sender.ready().await.ok()?;
                sender.send_request(request).await
            }
        };
        let (head, body) = response.ok()?.into_parts();
        Some(Answer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.ok()?.to_bytes(),
        })
    }
}

/// Connects to Traefik, whose certificate has to be the one that it was given.
pub(crate) async fn secured(traefik: &Traefik, spoken: Spoken) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from(traefik.certificate.clone());
    roots.add(certificate).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![match spoken {
        Spoken::Http1 => b"http/1.1".to_vec(),
        Spoken::Http2 => b"h2".to_vec(),
    }];
    let stream = TcpStream::connect(traefik.https).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.unwrap()
}
