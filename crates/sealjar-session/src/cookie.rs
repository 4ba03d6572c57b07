//! Which cookies came, and which are sent?

pub(crate) mod attributes;
pub(crate) mod chunk;
pub(crate) mod mark;
pub(crate) mod scan;
pub(crate) mod write;

/// The greatest length of one `Set-Cookie` line in bytes, with name, value and attributes. Browsers
/// silently drop longer ones (RFC 6265 section 6.1 requires support for at least this).
pub(crate) const MAX_LINE: usize = 4096;

/// The greatest sum of all `name=value` of one session, in bytes, whatever a jar is set to.
pub(crate) const MAX_TOTAL: usize = 12_288;

#[cfg(test)]
mod tests;
