//! What do the pages look like? The templates in `templates/` say it, this file fills them in.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::visit::Facts;
use crate::visitor::{Good, User, Visitor};

/// What stands around every page.
pub(crate) struct Frame {
    replica: String,
    user: Option<User>,
    items: u32,
    message: Option<String>,
    facts: Facts,
}

impl Frame {
    pub(crate) fn new(
        replica: &str,
        visitor: &Visitor,
        message: Option<String>,
        facts: Facts,
    ) -> Self {
        Self {
            replica: replica.to_owned(),
            user: visitor.user.clone(),
            items: visitor.basket.count(),
            message,
            facts,
        }
    }
}

#[derive(Template)]
#[template(path = "shop.html")]
pub(crate) struct ShopPage {
    pub(crate) frame: Frame,
    pub(crate) shelf: [(Good, u32); Good::ALL.len()],
}

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage {
    pub(crate) frame: Frame,
    pub(crate) login: String,
    pub(crate) refused: bool,
}

#[derive(Template)]
#[template(path = "panel.html")]
pub(crate) struct PanelPage {
    pub(crate) frame: Frame,
}

pub(crate) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
