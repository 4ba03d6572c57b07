//! hyper and tower, without a framework: the layer goes around a `service_fn`.

use std::error::Error;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::LOCATION;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use sealjar_axum::{SessionLayer, session_of};
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use visitor::{Credentials, Visitor};

type Failure = Box<dyn Error + Send + Sync>;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Failure> {
    let session = session_of::<Visitor>(request.extensions())?;
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/") => {
            let page = visitor::page(&visitor::look(&session)?);
            let response = Response::builder().header("content-type", "text/html; charset=utf-8");
            return Ok(response.body(page.into())?);
        }
        (&Method::POST, "/login") => {
            visitor::log_in(&session, &credentials(request.into_body()).await?)?;
        }
        (&Method::POST, "/add") => visitor::add(&session)?,
        (&Method::POST, "/logout") => visitor::log_out(&session)?,
        _ => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        }
    }
    let response = Response::builder().status(StatusCode::SEE_OTHER);
    Ok(response.header(LOCATION, "/").body(Full::default())?)
}

/// Reads the login form.
async fn credentials(body: Incoming) -> Result<Credentials, Failure> {
    let body = Limited::new(body, 4096).collect().await?.to_bytes();
    let field = |name| {
        let mut fields = form_urlencoded::parse(&body);
        let field = fields.find(|(field, _)| field == name);
        field
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    Ok(Credentials {
        name: field("name"),
        password: field("password"),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let layer = SessionLayer::new(visitor::jar()?);
    let service = ServiceBuilder::new().layer(layer).service_fn(answer);
    let listener = TcpListener::from_std(visitor::listen()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let http = auto::Builder::new(TokioExecutor::new());
            let served = http.serve_connection(TokioIo::new(stream), service).await;
            served.inspect_err(|error| eprintln!("{error}"))
        });
    }
}
