//! What is a ring's state called among all the secrets and configs of a swarm?

use sealjar::KeyId;

use crate::store::digest::Digest;

/// Names for what belongs to one ring. They are shorter than the 64 characters that Swarm takes.
#[derive(Debug)]
pub(crate) struct Names {
    ring: String,
    prefix: String,
}

/// What a name means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Name {
    /// The blob of an epoch, or the secret that replicas get.
    Epoch(u64),
    /// The secret with an export of an epoch.
    Export(u64),
    Head,
    Kek,
}

impl Names {
    pub(crate) fn of(ring: &str) -> Self {
        Self {
            ring: ring.into(),
            prefix: format!("sealjar.{ring}."),
        }
    }

    pub(crate) fn ring(&self) -> &str {
        &self.ring
    }

    /// What the names of this ring begin with, and no other.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn head(&self) -> String {
        format!("{}head", self.prefix)
    }

    /// The name of an epoch's blob, and of the secret that replicas get of it.
    pub(super) fn epoch(&self, epoch: u64, blob: Digest) -> String {
        format!("{}e{epoch}.{}", self.prefix, blob.short())
    }

    /// The name of the secret with an export of an epoch. `export` says which: each has another.
    pub(super) fn export(&self, epoch: u64, blob: Digest, export: &str) -> String {
        let of = Digest::of(&[&blob.bytes()[..], export.as_bytes()].concat());
        format!("{}x{epoch}.{}", self.prefix, of.short())
    }

    pub(super) fn kek(&self, id: KeyId) -> String {
        let id = Digest::of(id.bytes()).short();
        format!("{}kek.{id}", self.prefix)
    }

    /// Reads a name. `None`: it belongs to another ring, or to nobody here.
    pub(crate) fn read(&self, name: &str) -> Option<Name> {
        let rest = name.strip_prefix(&self.prefix)?;
        match rest.split_once('.') {
            None if rest == "head" => Some(Name::Head),
            Some(("kek", id)) if is_short(id) => Some(Name::Kek),
            Some((epoch, digest)) if is_short(digest) => {
                let (kind, epoch) = epoch.split_at_checked(1)?;
                let epoch = epoch.parse().ok()?;
                match kind {
                    "e" => Some(Name::Epoch(epoch)),
                    "x" => Some(Name::Export(epoch)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Reads the epoch in the name of a blob or of a ring's secret.
    pub(crate) fn epoch_in(&self, name: &str) -> Option<u64> {
        match self.read(name)? {
            Name::Epoch(epoch) => Some(epoch),
            Name::Export(_) | Name::Head | Name::Kek => None,
        }
    }

    /// Reads the epoch in the name of what a service is given: the ring, or an export of it.
    pub(crate) fn given_in(&self, name: &str) -> Option<u64> {
        match self.read(name)? {
            Name::Epoch(epoch) | Name::Export(epoch) => Some(epoch),
            Name::Head | Name::Kek => None,
        }
    }
}

fn is_short(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_those_of_other_rings_are_not() {
        let (web, web_2) = (Names::of("web"), Names::of("web-2"));
        let digest = Digest::of(b"blob");
        let epoch = web.epoch(59_961_600, digest);
        assert_eq!(web.read(&epoch), Some(Name::Epoch(59_961_600)));
        assert_eq!(web.given_in(&epoch), Some(59_961_600));
        let export = web.export(59_961_600, digest, "django:shop:django.json");
        assert_eq!(web.read(&export), Some(Name::Export(59_961_600)));
        assert_eq!(web.given_in(&export), Some(59_961_600));
        assert_eq!(web.epoch_in(&export), None, "it holds no ring");
        for other in [
            web.export(59_961_600, digest, "django:shop:other.json"),
            web.export(59_961_600, Digest::of(b"other"), "django:shop:django.json"),
        ] {
            assert_ne!(other, export);
        }
        assert_eq!(web.read(&web.head()), Some(Name::Head));
        assert_eq!(
            web.read(&web.kek("AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap())),
            Some(Name::Kek)
        );
        for foreign in [&epoch, &export, &web.head()] {
            assert_eq!(web_2.read(foreign), None, "{foreign}");
            assert!(!foreign.starts_with(web_2.prefix()), "{foreign}");
        }
        for no_name in [
            "sealjar.web.",
            "sealjar.web.heads",
            "sealjar.web.e7",
            "sealjar.web.y7.0123abcd",
            "sealjar.web..0123abcd",
            "sealjar.web.e.0123abcd",
            "sealjar.web.e7.0123ABCD",
            "sealjar.web.kek.0123abcd9",
            "my.sealjar.web.head",
        ] {
            assert_eq!(web.read(no_name), None, "{no_name}");
        }
        let longest = Names::of(&"r".repeat(24)).epoch(u64::MAX, digest);
        assert!(longest.len() <= 64, "{longest}");
    }
}
