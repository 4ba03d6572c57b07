//! actix-web, maud and htmx: htmx fetches, so the middleware keeps the session alive.
//!
//! Put `htmx.min.js` of the npm package `htmx.org` into the working directory. Without it the forms
//! work as forms.

use std::error::Error;

use actix_web::http::header::ContentType;
use actix_web::web::{Form, Redirect, get, post, scope};
use actix_web::{App, Either, HttpRequest, HttpResponse, HttpServer, Responder};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sealjar_actix::{Session, SessionError, SessionMiddleware};
use visitor::{Credentials, Visitor};

/// The `<main>` of the page, and all of what htmx gets.
fn desk(seen: &Visitor) -> Markup {
    let name = seen.name.as_deref().unwrap_or_default();
    let message = seen.message.as_deref().unwrap_or_default();
    html! {
        main data-name=(name) data-count=(seen.count) data-message=(message) {
            p role="status" { (message) }
            h1 { "Hello " (name) }
            @if name.is_empty() {
                form #login method="post" action="/login" {
                    input name="name" placeholder="ada"; " "
                    input name="password" type="password" placeholder="lovelace"; " "
                    button { "Log in" }
                }
            } @else {
                form #logout method="post" action="/logout" { button { "Log out" } }
            }
            form #add method="post" action="/add" hx-post="/add" hx-target="main"
                hx-swap="outerHTML" { button { (seen.count) " + 1" } }
        }
    }
}

async fn index(session: Session<Visitor>) -> Result<Markup, SessionError> {
    let seen = visitor::look(&session)?;
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            title { "sealjar" }
            style { (PreEscaped(visitor::STYLE)) }
            script src="/htmx.min.js" defer {}
            (desk(&seen))
        }
    })
}

async fn log_in(
    session: Session<Visitor>,
    form: Form<Credentials>,
) -> Result<Redirect, SessionError> {
    visitor::log_in(&session, &form)?;
    Ok(Redirect::to("/").see_other())
}

async fn add(
    session: Session<Visitor>,
    request: HttpRequest,
) -> Result<Either<Markup, Redirect>, SessionError> {
    visitor::add(&session)?;
    if request.headers().contains_key("hx-request") {
        // What the next page would say is in this fragment.
        return Ok(Either::Left(desk(&visitor::look(&session)?)));
    }
    Ok(Either::Right(Redirect::to("/").see_other()))
}

async fn log_out(session: Session<Visitor>) -> Result<Redirect, SessionError> {
    visitor::log_out(&session)?;
    Ok(Redirect::to("/").see_other())
}

/// Without a session, so that caches may keep it.
async fn htmx() -> impl Responder {
    match std::fs::read("htmx.min.js") {
        Ok(script) => HttpResponse::Ok()
            .content_type(ContentType(actix_web::mime::TEXT_JAVASCRIPT))
            .body(script),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let jar = visitor::jar()?;
    let server = HttpServer::new(move || {
        let pages = scope("")
            .wrap(SessionMiddleware::new(jar.clone()).keep_alive(true))
            .route("/", get().to(index))
            .route("/login", post().to(log_in))
            .route("/add", post().to(add))
            .route("/logout", post().to(log_out));
        App::new()
            .route("/htmx.min.js", get().to(htmx))
            .service(pages)
    });
    Ok(server.listen(visitor::listen()?)?.run().await?)
}
