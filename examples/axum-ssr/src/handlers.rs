//! What does each address answer?
//!
//! Every link, form and redirect is relative, so that the app works below any path that ends in `/`.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{Router, get, post};
use serde::Deserialize;
use tower_http::csrf::CsrfLayer;

use crate::pages::{Frame, LoginPage, PanelPage, ShopPage, page};
use crate::users;
use crate::visit::Visit;
use crate::visitor::{Good, Visitor};

/// What all handlers share. There is no session in it.
#[derive(Clone, Debug)]
pub struct App {
    replica: Arc<str>,
}

impl App {
    /// Names this replica, as pages and the header `x-replica` show it.
    #[must_use]
    pub fn new(replica: &str) -> Self {
        Self {
            replica: replica.into(),
        }
    }
}

/// Builds the routes. What keeps the sessions goes around them as a layer.
pub fn router<V: Visit>(app: App) -> Router {
    let replica = HeaderValue::from_str(&app.replica)
        .unwrap_or_else(|_| HeaderValue::from_static("unprintable"));
    Router::new()
        .route("/", get(shop::<V>))
        .route("/login", get(login_form::<V>).post(log_in::<V>))
        .route("/logout", post(log_out::<V>))
        .route("/add", post(add::<V>))
        .route("/remove", post(remove::<V>))
        .route("/panel", get(panel::<V>))
        // The cookies are SameSite=Lax, and a form from another origin is refused besides.
        .layer(CsrfLayer::new())
        .layer(map_response(move |response| {
            name_replica(response, replica.clone())
        }))
        .with_state(app)
}

async fn shop<V: Visit>(State(app): State<App>, visit: V) -> Result<Response, V::Error> {
    let visitor = visit.read().await?;
    let shelf = Good::ALL.map(|good| (good, visitor.basket.quantity(&good)));
    let frame = frame(app, &visit, &visitor).await?;
    Ok(page(&ShopPage { frame, shelf }))
}

async fn login_form<V: Visit>(State(app): State<App>, visit: V) -> Result<Response, V::Error> {
    let visitor = visit.read().await?;
    Ok(page(&LoginPage {
        frame: frame(app, &visit, &visitor).await?,
        login: "ada".into(),
        refused: false,
    }))
}

async fn log_in<V: Visit>(
    State(app): State<App>,
    visit: V,
    Form(credentials): Form<Credentials>,
) -> Result<Response, V::Error> {
    let Credentials { login, password } = credentials;
    let Some(user) = users::verify(login.clone(), password).await else {
        let visitor = visit.read().await?;
        let refused = page(&LoginPage {
            frame: frame(app, &visit, &visitor).await?,
            login,
            refused: true,
        });
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, refused).into_response());
    };
    let welcome = format!("Welcome, {}.", user.name);
    visit.log_in(user).await?;
    visit.tell(&welcome).await?;
    Ok(to_the_shop())
}

async fn log_out<V: Visit>(visit: V) -> Result<Response, V::Error> {
    visit.log_out().await?;
    visit.tell("You are logged out.").await?;
    Ok(to_the_shop())
}

async fn add<V: Visit>(visit: V, Form(choice): Form<Choice>) -> Result<Response, V::Error> {
    let Some(good) = Good::find(&choice.good) else {
        return Ok(no_such_good());
    };
    visit.change(|visitor| visitor.basket.add(good)).await?;
    visit
        .tell(&format!("{} is in the basket.", good.name))
        .await?;
    Ok(to_the_shop())
}

async fn remove<V: Visit>(visit: V, Form(choice): Form<Choice>) -> Result<Response, V::Error> {
    let Some(good) = Good::find(&choice.good) else {
        return Ok(no_such_good());
    };
    visit.change(|visitor| visitor.basket.remove(good)).await?;
    visit
        .tell(&format!("{} is out of the basket.", good.name))
        .await?;
    Ok(to_the_shop())
}

/// The panel alone, for pages that ask for it in the background. To ask counts as use: otherwise a
/// visitor who only watches would be logged out.
async fn panel<V: Visit>(State(app): State<App>, visit: V) -> Result<Response, V::Error> {
    visit.stay();
    let visitor = visit.read().await?;
    Ok(page(&PanelPage {
        frame: Frame::new(&app.replica, &visitor, None, visit.facts().await),
    }))
}

async fn frame<V: Visit>(app: App, visit: &V, visitor: &Visitor) -> Result<Frame, V::Error> {
    let message = visit.take_message().await?;
    Ok(Frame::new(
        &app.replica,
        visitor,
        message,
        visit.facts().await,
    ))
}

/// Lets whoever has no eyes for the panel see which replica answered, such as curl.
async fn name_replica(mut response: Response, replica: HeaderValue) -> Response {
    response.headers_mut().insert("x-replica", replica);
    response
}

fn to_the_shop() -> Response {
    Redirect::to("./").into_response()
}

fn no_such_good() -> Response {
    (StatusCode::NOT_FOUND, "the shop does not sell this").into_response()
}

/// The login form.
#[derive(Deserialize)]
struct Credentials {
    login: String,
    password: String,
}

/// The forms with one button for each good.
#[derive(Deserialize)]
struct Choice {
    good: String,
}
