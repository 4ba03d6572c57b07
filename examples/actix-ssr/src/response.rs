//! Turns the shop's answers into responses of actix-web.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, LOCATION};
use shop::Answer;

/// Makes a response from an answer.
pub(crate) fn response(answer: Answer) -> HttpResponse {
    match answer {
        Answer::Page { status, html } => HttpResponse::build(code(status))
            .content_type(ContentType::html())
            .body(html),
        Answer::SeeOther(place) => HttpResponse::SeeOther()
            .insert_header((LOCATION, &*place))
            .finish(),
        Answer::Text { status, text } => HttpResponse::build(code(status))
            .content_type(ContentType::plaintext())
            .body(text),
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
