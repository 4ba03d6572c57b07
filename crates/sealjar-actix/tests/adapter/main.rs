//! What is actix-web's alone. What all adapters do alike is in `tests/conformance` of the workspace.

mod errors;
mod extractor;
mod inner_errors;
mod support;
mod wire;
