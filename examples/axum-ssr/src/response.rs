//! Turns the shop's answers into responses of axum.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use shop::Answer;

/// Makes a response from an answer.
#[must_use]
pub fn response(answer: Answer) -> Response {
    match answer {
        Answer::Page { status, html } => (code(status), Html(html)).into_response(),
        Answer::SeeOther(place) => Redirect::to(&place).into_response(),
        Answer::Text { status, text } => (code(status), text).into_response(),
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
