//! topcoat: the tower layer goes into its router, and a store of ours into its session slot.

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use sealjar_axum::{FileSource, Jar, SessionData, SessionLayer, session_of};
use sealjar_session::Session;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use topcoat::Result;
use topcoat::context::Cx;
use topcoat::router::content::Form;
use topcoat::router::error::{SeeOther, see_other};
use topcoat::router::request::parts;
use topcoat::router::tower::TowerLayer;
use topcoat::router::{Router, RouterBuilderDiscoverExt, page, route};
use topcoat::session::{RouterBuilderSessionExt, SessionConfig, Token, TokenStore};
use topcoat::session::{TokenStoreFuture, start, stop, token_hash};
use topcoat::view::view;
use visitor::{Credentials, Visitor};

/// Finds the session in the request, as every tower service can.
fn session<T: SessionData>(cx: &Cx) -> Result<Session<T>> {
    Ok(session_of(&parts(cx).extensions)?)
}

/// topcoat's token, sealed into a cookie of its own. Leave this out if you keep no record by its
/// hash.
#[derive(Clone, Default, Deserialize, Serialize)]
struct Slot {
    token: Option<[u8; 32]>,
}

impl SessionData for Slot {
    fn subject(&self) -> Option<Cow<'_, str>> {
        None // the application's records say whose token it is
    }
}

struct SealedTokens;

impl TokenStore for SealedTokens {
    fn read<'a>(&'a self, cx: &'a Cx) -> TokenStoreFuture<'a, Option<Token>> {
        Box::pin(async { Ok(session::<Slot>(cx)?.get().token.map(Token::new)) })
    }

    /// The jar decides how long it lives.
    fn write<'a>(&'a self, cx: &'a Cx, token: Token, _: Duration) -> TokenStoreFuture<'a, ()> {
        Box::pin(async move {
            let token = Some(*token.dangerous_as_array());
            Ok(session::<Slot>(cx)?.update(|slot| slot.token = token)?)
        })
    }

    fn delete<'a>(&'a self, cx: &'a Cx) -> TokenStoreFuture<'a, ()> {
        Box::pin(async {
            session::<Slot>(cx)?.purge();
            Ok(())
        })
    }
}

#[page("/")]
async fn index(cx: &Cx) -> Result {
    let seen = visitor::look(&session(cx)?)?;
    let name = seen.name.unwrap_or_default();
    let message = seen.message.unwrap_or_default();
    let count = seen.count.to_string();
    let has_token = token_hash(cx).await?.is_some();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head><title>"sealjar"</title><style>(visitor::STYLE)</style></head>
            <body>
                <main data-name=(&name) data-count=(&count) data-message=(&message)>
                    <p role="status">(&message)</p>
                    <h1>"Hello " (&name)</h1>
                    if has_token {
                        <p>"topcoat has a token for you."</p>
                    }
                    if !name.is_empty() {
                        <form id="logout" method="post" action="/logout">
                            <button>"Log out"</button>
                        </form>
                    } else {
                        <form id="login" method="post" action="/login">
                            <input name="name" placeholder="ada">
                            <input name="password" type="password" placeholder="lovelace">
                            <button>"Log in"</button>
                        </form>
                    }
                    <form id="add" method="post" action="/add">
                        <button>(&count) " + 1"</button>
                    </form>
                </main>
            </body>
        </html>
    }
}

#[route(POST "/login")]
async fn log_in(cx: &Cx, Form(form): Form<Credentials>) -> Result<SeeOther> {
    let visitor = session::<Visitor>(cx)?;
    visitor::log_in(&visitor, &form)?;
    if visitor.get().name.is_some() {
        // Write its hash beside the account here, if you list a person's devices.
        start(cx).await?;
    }
    Ok(see_other("/"))
}

#[route(POST "/add")]
async fn add(cx: &Cx) -> Result<SeeOther> {
    visitor::add(&session(cx)?)?;
    Ok(see_other("/"))
}

#[route(POST "/logout")]
async fn log_out(cx: &Cx) -> Result<SeeOther> {
    visitor::log_out(&session(cx)?)?;
    stop(cx).await?;
    Ok(see_other("/"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let ring = FileSource::find("session-ring")?.fetch()?;
    let slot = Jar::<Slot>::builder(ring, "frameworks")
        .cookie_name("__Host-Http-token")
        .build()?;
    let app = Router::builder()
        .discover()
        .layer(TowerLayer::new(SessionLayer::new(visitor::jar()?)))
        .layer(TowerLayer::new(SessionLayer::new(slot)))
        .sessions(SessionConfig::builder().token_store(SealedTokens).build())
        .build();
    let listener = TcpListener::from_std(visitor::listen()?)?;
    Ok(topcoat::serve(listener, app).await?)
}
