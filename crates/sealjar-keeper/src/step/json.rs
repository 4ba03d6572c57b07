//! How are the parts of a step written for machines?

use std::fmt;

use sealjar::{Suite, Timing};
use serde::Serializer;
use serde::ser::SerializeMap;

pub(super) fn as_text<S: Serializer>(
    value: &impl fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

pub(super) fn as_name<S: Serializer>(suite: &Suite, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(suite.as_str())
}

pub(super) fn as_seconds<S: Serializer>(timing: &Timing, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(3))?;
    map.serialize_entry("rotate_every", &timing.rotate_every)?;
    map.serialize_entry("distribution", &timing.distribution)?;
    map.serialize_entry("skew", &timing.skew)?;
    map.end()
}

pub(super) fn as_optional_text<S: Serializer>(
    value: &Option<impl fmt::Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}
