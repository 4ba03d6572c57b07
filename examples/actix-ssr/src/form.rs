//! What is said to whoever sends a form that is none?

use actix_web::ResponseError;
use actix_web::error::{InternalError, UrlencodedError};
use actix_web::http::StatusCode;
use actix_web::web::FormConfig;

use crate::response::response;

/// Bounds forms, and answers what cannot be read as one in the shop's words.
pub(crate) fn config() -> FormConfig {
    FormConfig::default()
        .limit(shop::FORM_LIMIT)
        .error_handler(|error, _| {
            let status = match error {
                // It came whole, and lacks something that the shop asks for (RFC 9110 section
                // 15.5.21).
                UrlencodedError::Parse(_) => StatusCode::UNPROCESSABLE_ENTITY,
                _ => error.status_code(),
            };
            let answer = response(shop::unreadable_form(status.as_u16()));
            InternalError::from_response(error, answer).into()
        })
}
