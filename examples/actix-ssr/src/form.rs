//! The response to a form that cannot be read.

use actix_web::ResponseError;
use actix_web::error::{InternalError, UrlencodedError};
use actix_web::http::StatusCode;
use actix_web::web::FormConfig;

use crate::response::response;

/// Limits the size of forms, and answers unreadable ones in the shop's words.
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
