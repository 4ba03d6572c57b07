//! What changes for an application that uses tower-sessions 0.14, as axum-login 0.18 does? One line.
//!
//! The same as the module `tower_sessions`, for the version before. What one of them has
//! sealed the other opens, so that an application may move on from 0.14 and log nobody out.

crate::drop_in::sessions_of!(tower_sessions_core_0_14);
