//! salvo takes a tower layer as a hoop, and handlers find the session in the request.

use std::error::Error;

use salvo::conn::tcp::TcpAcceptor;
use salvo::http::ReqBody;
use salvo::prelude::{Redirect, Request, Router, Server, Text, TowerLayerCompat, handler};
use sealjar_axum::{SessionLayer, session_of};
use tokio::net::TcpListener;
use visitor::{Credentials, Visitor};

#[handler]
async fn index(request: &mut Request) -> Result<Text<String>, salvo::Error> {
    let session = session_of(request.extensions()).map_err(salvo::Error::other)?;
    let seen = visitor::look(&session).map_err(salvo::Error::other)?;
    Ok(Text::Html(visitor::page(&seen)))
}

#[handler]
async fn log_in(request: &mut Request) -> Result<Redirect, salvo::Error> {
    let session = session_of::<Visitor>(request.extensions()).map_err(salvo::Error::other)?;
    let form: Credentials = request.parse_form().await?;
    visitor::log_in(&session, &form).map_err(salvo::Error::other)?;
    Ok(Redirect::other("/"))
}

#[handler]
async fn add(request: &mut Request) -> Result<Redirect, salvo::Error> {
    let session = session_of(request.extensions()).map_err(salvo::Error::other)?;
    visitor::add(&session).map_err(salvo::Error::other)?;
    Ok(Redirect::other("/"))
}

#[handler]
async fn log_out(request: &mut Request) -> Result<Redirect, salvo::Error> {
    let session = session_of(request.extensions()).map_err(salvo::Error::other)?;
    visitor::log_out(&session).map_err(salvo::Error::other)?;
    Ok(Redirect::other("/"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sessions = SessionLayer::new(visitor::jar()?).compat::<ReqBody>();
    let app = Router::new()
        .hoop(sessions)
        .get(index)
        .push(Router::with_path("login").post(log_in))
        .push(Router::with_path("add").post(add))
        .push(Router::with_path("logout").post(log_out));
    let listener = TcpListener::from_std(visitor::listen()?)?;
    let acceptor = TcpAcceptor::try_from(listener)?;
    Server::new(acceptor).serve(app).await;
    Ok(())
}
