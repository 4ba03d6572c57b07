//! The pages. The templates in `templates/` have their text; this file fills them in.

use askama::Template;
use axum::response::Html;
use axum_login::AuthSession;
use shop::Replica;

use crate::members::{Member, Members};

/// The frame of every page.
pub(crate) struct Frame {
    replica: String,
    member: Option<&'static str>,
}

impl Frame {
    pub(crate) fn new(replica: &Replica, auth: &AuthSession<Members>) -> Self {
        Self {
            replica: replica.name().to_owned(),
            member: auth.user.as_ref().map(Member::name),
        }
    }
}

#[derive(Template)]
#[template(path = "hall.html")]
pub(crate) struct HallPage {
    pub(crate) frame: Frame,
}

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage {
    pub(crate) frame: Frame,
    pub(crate) login: String,
    pub(crate) next: String,
    pub(crate) refused: bool,
}

#[derive(Template)]
#[template(path = "room.html")]
pub(crate) struct RoomPage {
    pub(crate) frame: Frame,
    pub(crate) visits: u32,
}

pub(crate) fn page(template: &impl Template) -> askama::Result<Html<String>> {
    template.render().map(Html)
}
