//! What happens to bodies, also to missing ones, when a handler does not finish?

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use sealjar_axum::Session;
use tower::ServiceExt;

use crate::support::{Account, answer, app, call, get, get_with, jar, show};

#[tokio::test]
async fn a_panic_without_a_catcher_leaves_no_response_and_breaks_no_later_request() {
    async fn panics(session: Session<Account>) {
        session
            .update(|_| -> () { panic!("in the closure") })
            .unwrap();
    }
    let jar = jar();
    let header = jar
        .cookie_for(&Account {
            name: "ada".into(),
            visits: 1,
        })
        .unwrap();
    let panicked = AssertUnwindSafe(app(&jar, panics).oneshot(get_with(&header)))
        .catch_unwind()
        .await;
    assert!(panicked.is_err());
    assert!(
        call(&app(&jar, show), get_with(&header))
            .await
            .body
            .contains("ada")
    );
}

#[tokio::test]
async fn an_empty_and_a_large_body_pass_unchanged() {
    for size in [0, 1, 1 << 20] {
        let handler = move |session: Session<Account>| async move {
            session.update(|it| it.visits = 1).unwrap();
            "x".repeat(size)
        };
        let response = app(&jar(), handler).oneshot(get("/")).await.unwrap();
        let answer = answer(response).await;
        assert_eq!((answer.body.len(), answer.cookies().len()), (size, 1));
    }
}
