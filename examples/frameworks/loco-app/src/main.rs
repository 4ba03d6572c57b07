//! loco: the layer goes on in `after_routes`, around loco's own middleware.
//!
//! `cargo run -p loco-app start`, in the directory of this package, where `config/` is.

use async_trait::async_trait;
use axum::response::{Html, Redirect};
use axum::{Form, Router as AxumRouter};
use loco_rs::app::{AppContext, Hooks};
use loco_rs::bgworker::Queue;
use loco_rs::boot::{BootResult, ServeParams, StartMode, create_app};
use loco_rs::config::Config;
use loco_rs::controller::{AppRoutes, Routes};
use loco_rs::environment::Environment;
use loco_rs::prelude::{Error, Result, get, post};
use loco_rs::task::Tasks;
use sealjar_axum::{Session, SessionError, SessionLayer};
use tokio::net::TcpListener;
use visitor::{Credentials, Visitor};

async fn index(session: Session<Visitor>) -> Result<Html<String>, SessionError> {
    Ok(Html(visitor::page(&visitor::look(&session)?)))
}

async fn log_in(
    session: Session<Visitor>,
    Form(form): Form<Credentials>,
) -> Result<Redirect, SessionError> {
    visitor::log_in(&session, &form)?;
    Ok(Redirect::to("/"))
}

async fn add(session: Session<Visitor>) -> Result<Redirect, SessionError> {
    visitor::add(&session)?;
    Ok(Redirect::to("/"))
}

async fn log_out(session: Session<Visitor>) -> Result<Redirect, SessionError> {
    visitor::log_out(&session)?;
    Ok(Redirect::to("/"))
}

struct App;

#[async_trait]
impl Hooks for App {
    fn app_name() -> &'static str {
        "loco-app"
    }

    async fn boot(
        mode: StartMode,
        environment: &Environment,
        config: Config,
    ) -> Result<BootResult> {
        create_app::<Self>(mode, environment, config).await
    }

    fn routes(_: &AppContext) -> AppRoutes {
        let pages = Routes::new()
            .add("/", get(index))
            .add("/login", post(log_in))
            .add("/add", post(add))
            .add("/logout", post(log_out));
        AppRoutes::with_default_routes().add_route(pages)
    }

    /// loco calls it after its own middleware, so the session layer is around that: what turns a
    /// panic into a response is inside.
    async fn after_routes(router: AxumRouter, _: &AppContext) -> Result<AxumRouter> {
        let jar = visitor::jar().map_err(|error| Error::Message(error.to_string()))?;
        Ok(router.layer(SessionLayer::new(jar)))
    }

    /// As all examples here do; without it loco listens where its configuration says.
    async fn serve(app: AxumRouter, _: &AppContext, _: &ServeParams) -> Result<()> {
        let listener = TcpListener::from_std(visitor::listen()?)?;
        Ok(axum::serve(listener, app).await?)
    }

    async fn connect_workers(_: &AppContext, _: &Queue) -> Result<()> {
        Ok(())
    }

    fn register_tasks(_: &mut Tasks) {}
}

#[tokio::main]
async fn main() -> Result<()> {
    loco_rs::cli::main::<App>().await
}
