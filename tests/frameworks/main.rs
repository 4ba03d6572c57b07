//! Do sessions get through each framework, into it and out of it, over HTTP?
//!
//! The examples of `examples/frameworks` run as processes, two replicas each, under one visitor.
//! `just frameworks leptos-axum-app` builds and drives one of them.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod browser;
mod controls;
mod page;
mod site;
mod story;
#[expect(
    dead_code,
    unreachable_pub,
    reason = "it is a crate of another workspace, of which only the session is used here"
)]
#[path = "../../examples/frameworks/visitor/src/lib.rs"]
mod visitor;

/// The tests of each example. Those that work by fetching keep their sessions alive while they do.
macro_rules! frameworks {
    ($($name:ident $package:literal $fetches:ident)*) => {
        $(mod $name {
            use crate::site::Site;
            use crate::story::{self, Fetches};

            #[tokio::test]
            async fn carries_a_session_from_login_to_logout() {
                story::whole(&Site::start($package)).await.unwrap();
            }

            #[tokio::test]
            async fn shows_a_message_once_and_to_a_person() {
                story::message(&Site::start($package)).await.unwrap();
            }

            #[tokio::test]
            async fn keeps_a_session_alive_while_it_is_used() {
                story::keeps_alive(&Site::start($package), Fetches::$fetches).await.unwrap();
            }

            #[tokio::test]
            async fn opens_nothing_that_was_altered_or_logged_out() {
                story::hostile(&Site::start($package)).await.unwrap();
            }
        })*
    };
}

frameworks! {
    askama_htmx "askama-htmx" Often
    hyper_app "hyper-app" Never
    leptos_actix_app "leptos-actix-app" Often
    leptos_axum_app "leptos-axum-app" Often
    loco_app "loco-app" Never
    maud_htmx "maud-htmx" Often
    poem_app "poem-app" Never
    salvo_app "salvo-app" Never
    topcoat_app "topcoat-app" Never
}

/// htmx gets the part of the page that it replaces, with the message in it.
#[tokio::test]
async fn askama_htmx_gets_a_fragment() {
    story::fragment(&site::Site::start("askama-htmx"))
        .await
        .unwrap();
}

#[tokio::test]
async fn maud_htmx_gets_a_fragment() {
    story::fragment(&site::Site::start("maud-htmx"))
        .await
        .unwrap();
}

/// topcoat's own token, in a second sealed cookie.
#[tokio::test]
async fn topcoat_app_has_its_token_from_login_to_logout() {
    story::slot(&site::Site::start("topcoat-app"))
        .await
        .unwrap();
}

/// A page that streams before its session is changed shows that it was too late, and no cookie
/// claims otherwise. The same page rendered whole keeps the change.
#[tokio::test]
async fn leptos_axum_app_changes_a_session_before_the_page_begins_and_not_later() {
    story::late(&site::Site::start("leptos-axum-app"))
        .await
        .unwrap();
}
