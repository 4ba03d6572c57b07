//! axum, askama and htmx: htmx fetches, so the layer keeps the session alive.
//!
//! Put `htmx.min.js` of the npm package `htmx.org` into the working directory. Without it the forms
//! work as forms.

use std::error::Error;

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Form, Router, routing::get, routing::post};
use sealjar_axum::{Session, SessionError, SessionLayer};
use tokio::net::TcpListener;
use visitor::{Credentials, Visitor};

/// The whole page, for the browser.
#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    style: &'static str,
    name: String,
    count: u32,
    message: String,
}

/// Its `<main>` alone, for htmx.
#[derive(Template)]
#[template(path = "page.html", block = "desk")]
struct Desk {
    name: String,
    count: u32,
    message: String,
}

impl From<Visitor> for Desk {
    fn from(seen: Visitor) -> Self {
        let (name, message) = (
            seen.name.unwrap_or_default(),
            seen.message.unwrap_or_default(),
        );
        Self {
            name,
            count: seen.count,
            message,
        }
    }
}

async fn index(session: Session<Visitor>) -> Result<Response, SessionError> {
    let Desk {
        name,
        count,
        message,
    } = visitor::look(&session)?.into();
    Ok(html(&Page {
        style: visitor::STYLE,
        name,
        count,
        message,
    }))
}

async fn log_in(
    session: Session<Visitor>,
    Form(form): Form<Credentials>,
) -> Result<Redirect, SessionError> {
    visitor::log_in(&session, &form)?;
    Ok(Redirect::to("/"))
}

async fn add(session: Session<Visitor>, headers: HeaderMap) -> Result<Response, SessionError> {
    visitor::add(&session)?;
    if headers.contains_key("hx-request") {
        // What the next page would say is in this fragment.
        return Ok(html(&Desk::from(visitor::look(&session)?)));
    }
    Ok(Redirect::to("/").into_response())
}

async fn log_out(session: Session<Visitor>) -> Result<Redirect, SessionError> {
    visitor::log_out(&session)?;
    Ok(Redirect::to("/"))
}

/// Without a session, so that caches may keep it.
async fn htmx() -> Result<impl IntoResponse, StatusCode> {
    let script = std::fs::read("htmx.min.js").map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, "text/javascript")], script))
}

fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(page) => Html(page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/", get(index))
        .route("/login", post(log_in))
        .route("/add", post(add))
        .route("/logout", post(log_out))
        .layer(SessionLayer::new(visitor::jar()?).keep_alive(true))
        .route("/htmx.min.js", get(htmx));
    let listener = TcpListener::from_std(visitor::listen()?)?;
    Ok(axum::serve(listener, app).await?)
}
