//! The pages. The templates in `templates/` have their text; this file fills them in.

use askama::Template;
use sealjar_session::ReturnTo;

use crate::answer::Answer;
use crate::replica::Replica;
use crate::visit::Facts;
use crate::visitor::{Good, User, Visitor};

/// The frame of every page.
pub(crate) struct Frame {
    replica: String,
    user: Option<User>,
    items: u32,
    /// `None` in a build without wishes.
    wishes: Option<u32>,
    messages: Vec<String>,
    facts: Facts,
}

impl Frame {
    pub(crate) fn new(
        replica: &Replica,
        visitor: &Visitor,
        messages: Vec<String>,
        facts: Facts,
    ) -> Self {
        Self {
            replica: replica.name().to_owned(),
            user: visitor.user.clone(),
            items: visitor.basket.count(),
            #[cfg(feature = "wishlist")]
            wishes: Some(visitor.wishes),
            #[cfg(not(feature = "wishlist"))]
            wishes: None,
            messages,
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
    pub(crate) next: ReturnTo,
    pub(crate) refused: bool,
}

#[derive(Template)]
#[template(path = "account.html")]
pub(crate) struct AccountPage {
    pub(crate) frame: Frame,
    pub(crate) user: User,
    /// Whether the visitor can log out on all devices.
    pub(crate) ends_everywhere: bool,
}

#[derive(Template)]
#[template(path = "panel.html")]
pub(crate) struct PanelPage {
    pub(crate) frame: Frame,
}

/// Fills a template in.
pub(crate) fn page(status: u16, template: &impl Template) -> Answer {
    match template.render() {
        Ok(html) => Answer::Page { status, html },
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Answer::Text {
                status: 500,
                text: "this page cannot be shown".into(),
            }
        }
    }
}
