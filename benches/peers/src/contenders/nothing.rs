//! What is the same application without sessions? The page of somebody who never changes, in each
//! framework: what the others are compared with.

use std::convert::Infallible;
use std::sync::LazyLock;

use actix_web::web::{Path, ServiceConfig, get, post};
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sealjar_bench_parts::data::User;

use crate::app::{Failed, Sessions, page, router, somebody};

pub(crate) fn on_axum() -> Router {
    router::<Nobody, ()>()
}

pub(crate) fn on_actix(app: &mut ServiceConfig) {
    async fn index() -> actix_web::web::Html {
        actix_web::web::Html::new(page(Some(&*EVERYBODY)))
    }
    async fn log_in(id: Path<u64>) -> String {
        somebody(id.into_inner()).bumped().to_string()
    }
    async fn add() -> String {
        EVERYBODY.bumped().to_string()
    }
    app.route("/", get().to(index))
        .route("/login/{id}", post().to(log_in))
        .route("/add", post().to(add));
}

struct Nobody;

impl<State: Sync> FromRequestParts<State> for Nobody {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &State) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

impl Sessions for Nobody {
    type Read = &'static User;
    type Written = ();

    async fn user(&self) -> Result<Option<&'static User>, Failed> {
        Ok(Some(&EVERYBODY))
    }

    async fn log_in(self, _: User) -> Result<(), Failed> {
        Ok(())
    }

    async fn add(self) -> Result<Option<((), u32)>, Failed> {
        Ok(Some(((), EVERYBODY.bumped())))
    }

    async fn log_out(self) -> Result<(), Failed> {
        Ok(())
    }
}

static EVERYBODY: LazyLock<User> = LazyLock::new(User::typical);
