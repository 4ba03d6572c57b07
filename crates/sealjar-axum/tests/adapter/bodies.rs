//! What happens after the head of a response is out, and when a handler does not come to its end.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use sealjar_axum::{Session, SessionError, UpdateError};
use tower::ServiceExt;

use crate::support::{Account, Browser, answer, app, call, get, get_with, jar, show};

fn closed() -> Result<(), SessionError> {
    Err(UpdateError::Closed.into())
}

#[tokio::test]
async fn a_change_after_the_client_has_gone_is_closed() {
    let jar = jar();
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let handler = move |session: Session<Account>| async move {
        *keep.lock().unwrap() = Some(session);
        std::future::pending::<()>().await;
    };
    let mut answering = Box::pin(app(&jar, handler).oneshot(get("/")));
    assert!((&mut answering).now_or_never().is_none());
    let session = kept.lock().unwrap().take().unwrap();
    assert_eq!(session.update(|it| it.visits = 1), Ok(()));
    drop(answering);
    assert_eq!(session.update(|it| it.visits = 2), closed());
}

#[tokio::test]
async fn a_change_in_a_spawned_task_is_closed_once_the_head_is_out() {
    let jar = jar();
    let (send_out, head_is_out) = tokio::sync::oneshot::channel::<()>();
    let (send_result, result) = tokio::sync::oneshot::channel();
    let channels = Arc::new(Mutex::new(Some((head_is_out, send_result))));
    let handler = move |session: Session<Account>| async move {
        let (head_is_out, send_result) = channels.lock().unwrap().take().unwrap();
        let early = session.clone();
        // A task that is done before the handler returns is in time.
        tokio::spawn(async move { early.update(|it| it.visits = 5) })
            .await
            .unwrap()
            .unwrap();
        tokio::spawn(async move {
            head_is_out.await.unwrap();
            session.purge();
            session.renew();
            send_result
                .send((session.update(|it| it.visits = 99), session.get().visits))
                .unwrap();
        });
        "early"
    };
    let mut browser = Browser::default();
    let answer = browser.go(&app(&jar, handler), "/").await;
    send_out.send(()).unwrap();
    assert_eq!(result.await.unwrap(), (closed(), 5));
    assert_eq!(answer.cookies().len(), 1);
    assert!(
        browser
            .go(&app(&jar, show), "/")
            .await
            .body
            .contains("visits: 5")
    );
}

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
async fn a_request_that_is_dropped_half_way_writes_nothing() {
    let jar = jar();
    let held: Arc<Mutex<Option<Session<Account>>>> = Arc::default();
    let keep = Arc::clone(&held);
    let handler = move |session: Session<Account>| async move {
        session.update(|it| it.visits = 3).unwrap();
        *keep.lock().unwrap() = Some(session);
        std::future::pending::<()>().await;
    };
    let mut future = Box::pin(app(&jar, handler).oneshot(get("/")));
    assert!(future.as_mut().now_or_never().is_none());
    drop(future);
    let session = held.lock().unwrap().take().unwrap();
    assert_eq!(session.get().visits, 3);
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
