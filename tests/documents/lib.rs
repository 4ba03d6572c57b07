//! Compiles every Rust block of the documents, and runs those that end by themselves.
//!
//! List a document here once. `main.rs` fails if one with Rust blocks is missing.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/changing-libraries.md")]
mod changing_libraries {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/coming-from-actix-session.md")]
mod coming_from_actix_session {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/coming-from-private-cookie-jar.md")]
mod coming_from_private_cookie_jar {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/coming-from-tower-sessions.md")]
mod coming_from_tower_sessions {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/operating.md")]
mod operating {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/recipes.md")]
mod recipes {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/sessions.md")]
mod sessions {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/testing.md")]
mod testing {}

#[cfg(doctest)]
#[doc = include_str!("../../crates/sealjar/README.md")]
mod sealjar_readme {}

#[cfg(doctest)]
#[doc = include_str!("../../crates/sealjar-actix/README.md")]
mod sealjar_actix_readme {}

#[cfg(doctest)]
#[doc = include_str!("../../crates/sealjar-axum/README.md")]
mod sealjar_axum_readme {}
