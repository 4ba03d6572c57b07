//! What the table says about a contender apart from its numbers.

/// What its documentation and its code say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// The crates whose versions are named, the contender's own first. Where several versions of
    /// one are built in, its name is followed by the beginning of the right one, as a manifest asks
    /// for it.
    pub(crate) crates: &'static [&'static str],
    /// Where it is set up.
    pub(crate) file: &'static str,
    /// The rotation that its documentation recommends, and where.
    pub(crate) rotation: &'static str,
    pub(crate) strengths: &'static str,
    /// Which servers it needs in addition to the replicas.
    pub(crate) servers: &'static str,
}
