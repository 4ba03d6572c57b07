//! The handler of each address.

use actix_identity::Identity;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::web::{Form, ServiceConfig, resource};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Result, error};
use askama::Template;
use serde::Deserialize;
use shop::Account;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/").get(front))
        .service(resource("/members").get(members))
        .service(resource("/login").get(login_form).post(log_in))
        .service(resource("/logout").post(log_out));
}

async fn front(identity: Option<Identity>) -> Result<HttpResponse> {
    page(
        StatusCode::OK,
        &Front {
            user: name(identity)?,
        },
    )
}

async fn members(identity: Option<Identity>) -> Result<HttpResponse> {
    match name(identity)? {
        Some(user) => page(StatusCode::OK, &Members { user: Some(user) }),
        None => Ok(see_other("login")),
    }
}

async fn login_form() -> Result<HttpResponse> {
    page(StatusCode::OK, &Login::default())
}

async fn log_in(request: HttpRequest, Form(form): Form<Credentials>) -> Result<HttpResponse> {
    let Credentials { login, password } = form;
    let Some(account) = Account::verify(login.clone(), password).await else {
        let refused = Login {
            login,
            refused: true,
            user: None,
        };
        return page(StatusCode::UNPROCESSABLE_ENTITY, &refused);
    };
    Identity::login(&request.extensions(), account.login.to_owned())
        .map_err(error::ErrorInternalServerError)?;
    Ok(see_other("members"))
}

async fn log_out(identity: Option<Identity>) -> HttpResponse {
    if let Some(identity) = identity {
        identity.logout();
    }
    see_other("./")
}

fn name(identity: Option<Identity>) -> Result<Option<String>> {
    let name = identity.map(|identity| identity.id()).transpose();
    name.map_err(error::ErrorInternalServerError)
}

fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse> {
    let html = template.render().map_err(error::ErrorInternalServerError)?;
    let mut response = HttpResponse::build(status);
    Ok(response.content_type(ContentType::html()).body(html))
}

fn see_other(place: &'static str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish()
}

#[derive(Template)]
#[template(path = "front.html")]
struct Front {
    user: Option<String>,
}

#[derive(Template)]
#[template(path = "members.html")]
struct Members {
    user: Option<String>,
}

#[derive(Default, Template)]
#[template(path = "login.html")]
struct Login {
    login: String,
    refused: bool,
    user: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    login: String,
    password: String,
}
