//! Why can a value not be written?

use std::fmt;

use serde::ser;

/// Why a value cannot be written. It is boxed to keep every `Result` of the serializer small.
#[derive(Debug)]
pub(crate) struct WriteError(Box<Failure>);

#[derive(Debug)]
struct Failure {
    /// The field of the outermost struct.
    field: Option<&'static str>,
    what: What,
}

#[derive(Debug)]
enum What {
    Postcard(postcard::Error),
    /// A message from the type's own code.
    Said(String),
    Skipped(&'static str),
}

impl WriteError {
    /// postcard writes no names, so a field that is left out shifts all that follow.
    #[cold]
    pub(in super::super) fn skipped(field: &'static str) -> Self {
        Self::new(What::Skipped(field))
    }

    #[cold]
    fn new(what: What) -> Self {
        Self(Box::new(Failure { field: None, what }))
    }

    #[cold]
    pub(in super::super) fn in_field(mut self, field: &'static str) -> Self {
        self.0.field = Some(field);
        self
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let What::Skipped(field) = &self.0.what {
            return write!(
                f,
                "its field `{field}` is left out by `skip_serializing_if`, remove that attribute"
            );
        }
        match self.0.field {
            Some(field) => write!(f, "its field `{field}` cannot be encoded: ")?,
            None => f.write_str("it cannot be encoded: ")?,
        }
        match &self.0.what {
            What::Postcard(error) => error.fmt(f),
            What::Said(text) => f.write_str(text),
            What::Skipped(_) => Ok(()),
        }
    }
}

impl std::error::Error for WriteError {}

impl ser::Error for WriteError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::new(What::Said(message.to_string()))
    }
}

impl From<postcard::Error> for WriteError {
    fn from(error: postcard::Error) -> Self {
        Self::new(What::Postcard(error))
    }
}
