//! poem's requests are no tower requests: a middleware of forty lines opens the cookie and sets it.

use std::error::Error;
use std::sync::Arc;

use poem::error::InternalServerError;
use poem::http::{HeaderName, HeaderValue, header};
use poem::listener::TcpAcceptor;
use poem::web::{Data, Form, Html, Redirect};
use poem::{Endpoint, EndpointExt, Request, Response, Route, Server, get, handler, post};
use sealjar_session::adapter::{self, Placement, Unanswered};
use sealjar_session::{FetchMetadata, Jar};
use visitor::{Credentials, Visitor};

type Session = sealjar_session::Session<Visitor>;

/// Opens the session before the endpoint, and puts its headers on the response.
async fn with_session<E: Endpoint>(
    jar: Jar<Visitor>,
    endpoint: Arc<E>,
    mut request: Request,
) -> poem::Result<Response> {
    let headers = request.headers();
    let cookies: Vec<_> = headers.get_all(header::COOKIE).iter().cloned().collect();
    let fetch = FetchMetadata::read(request.method().as_str(), |name| {
        headers.get(name).map(HeaderValue::as_bytes)
    });
    let session = jar.open(cookies, fetch);
    request.extensions_mut().insert(session.clone());
    // Refuses changes from here on if the visitor goes away.
    let unanswered = Unanswered::new(session);
    let mut response = endpoint.get_response(request).await;
    let headers = response.headers().iter();
    let closing = unanswered.close(headers.map(|(name, value)| (name.as_str(), value.as_bytes())));
    closing
        .map_err(InternalServerError)?
        .each_header(|header| set(&mut response, header));
    Ok(response)
}

fn set(response: &mut Response, header: adapter::Header) {
    let name = match header.name {
        adapter::HeaderName::CacheControl => header::CACHE_CONTROL,
        adapter::HeaderName::ClearSiteData => HeaderName::from_static("clear-site-data"),
        adapter::HeaderName::Other(name) => match HeaderName::try_from(name) {
            Ok(name) => name,
            Err(_) => return,
        },
        adapter::HeaderName::SetCookie => header::SET_COOKIE,
        adapter::HeaderName::Vary => header::VARY,
    };
    let Ok(mut value) = HeaderValue::try_from(&*header.value) else {
        return;
    };
    value.set_sensitive(name == header::SET_COOKIE);
    match header.placement {
        Placement::Append => _ = response.headers_mut().append(name, value),
        Placement::Insert => _ = response.headers_mut().insert(name, value),
    }
}

#[handler]
fn index(session: Data<&Session>) -> poem::Result<Html<String>> {
    let seen = visitor::look(&session).map_err(InternalServerError)?;
    Ok(Html(visitor::page(&seen)))
}

#[handler]
fn log_in(session: Data<&Session>, form: Form<Credentials>) -> poem::Result<Redirect> {
    visitor::log_in(&session, &form).map_err(InternalServerError)?;
    Ok(Redirect::see_other("/"))
}

#[handler]
fn add(session: Data<&Session>) -> poem::Result<Redirect> {
    visitor::add(&session).map_err(InternalServerError)?;
    Ok(Redirect::see_other("/"))
}

#[handler]
fn log_out(session: Data<&Session>) -> poem::Result<Redirect> {
    visitor::log_out(&session).map_err(InternalServerError)?;
    Ok(Redirect::see_other("/"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let jar = visitor::jar()?;
    let app = Route::new()
        .at("/", get(index))
        .at("/login", post(log_in))
        .at("/add", post(add))
        .at("/logout", post(log_out))
        .around(move |endpoint, request| with_session(jar.clone(), endpoint, request));
    let acceptor = TcpAcceptor::from_std(visitor::listen()?)?;
    Ok(Server::new_with_acceptor(acceptor).run(app).await?)
}
