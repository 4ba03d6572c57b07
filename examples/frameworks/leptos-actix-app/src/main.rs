//! Leptos on actix-web: server functions find the session in the request.

use std::error::Error;

use actix_web::{App as Server, HttpServer};
use leptos::prelude::*;
use leptos_actix::{LeptosRoutes, extract, generate_route_list, redirect};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;
use sealjar_actix::{Session, SessionMiddleware};
use visitor::{Credentials, Visitor};

#[server(prefix = "/api", endpoint = "login")]
async fn log_in(name: String, password: String) -> Result<(), ServerFnError> {
    let session: Session<Visitor> = extract().await?;
    visitor::log_in(&session, &Credentials { name, password })?;
    redirect("/");
    Ok(())
}

#[server(prefix = "/api", endpoint = "add")]
async fn add() -> Result<(), ServerFnError> {
    let session: Session<Visitor> = extract().await?;
    visitor::add(&session)?;
    redirect("/");
    Ok(())
}

#[server(prefix = "/api", endpoint = "logout")]
async fn log_out() -> Result<(), ServerFnError> {
    let session: Session<Visitor> = extract().await?;
    visitor::log_out(&session)?;
    redirect("/");
    Ok(())
}

/// What the page shows. As a server function, so that the browser can ask for it too.
#[server(prefix = "/api", endpoint = "look")]
async fn look() -> Result<Visitor, ServerFnError> {
    let session: Session<Visitor> = extract().await?;
    Ok(visitor::look(&session)?)
}

#[component]
fn Desk() -> impl IntoView {
    let (enter, count, leave) = (
        ServerAction::<LogIn>::new(),
        ServerAction::<Add>::new(),
        ServerAction::<LogOut>::new(),
    );
    // It takes the message out of the session: the page must not begin before that.
    let seen = Resource::new_blocking(|| (), |()| look());
    let desk = move |seen: Visitor| {
        let name = seen.name.unwrap_or_default();
        let message = seen.message.unwrap_or_default();
        let said = message.clone();
        view! {
            <main data-name=name.clone() data-count=seen.count data-message=said>
                <p role="status">{message}</p>
                <h1>"Hello " {name.clone()}</h1>
                <Show when={ let known = !name.is_empty(); move || known }
                    fallback=move || view! {
                        <ActionForm action=enter attr:id="login">
                            <input name="name" placeholder="ada"/> " "
                            <input name="password" type="password" placeholder="lovelace"/> " "
                            <button>"Log in"</button>
                        </ActionForm>
                    }>
                    <ActionForm action=leave attr:id="logout"><button>"Log out"</button></ActionForm>
                </Show>
                <ActionForm action=count attr:id="add"><button>{seen.count} " + 1"</button></ActionForm>
            </main>
        }
    };
    view! {
        <Suspense>{move || Suspend::new(async move { seen.await.map(desk) })}</Suspense>
    }
}

#[component]
fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| "There is no such page.">
                <Route path=path!("/") view=Desk/>
            </Routes>
        </Router>
    }
}

fn page() -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head><title>"sealjar"</title><style>{visitor::STYLE}</style></head>
            <body><App/></body>
        </html>
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let jar = visitor::jar()?;
    let server = HttpServer::new(move || {
        Server::new()
            .leptos_routes(generate_route_list(App), page)
            .wrap(SessionMiddleware::new(jar.clone()).keep_alive(true))
    });
    Ok(server.listen(visitor::listen()?)?.run().await?)
}
