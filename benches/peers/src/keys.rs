//! The keys with which a replica starts, and how an operator changes them.

use std::io;
use std::path::Path;

use base16ct::lower;

/// A contender's keys, of which the first seals. A replica reads them once, when it starts.
pub(crate) struct Keys(Vec<[u8; LENGTH]>);

impl Keys {
    pub(crate) fn generate() -> io::Result<Self> {
        Ok(Self(vec![random()?]))
    }

    pub(crate) fn read(file: &Path) -> io::Result<Self> {
        let decoded = |text: String| {
            let mut key = [0; LENGTH];
            match lower::decode(text, &mut key) {
                Ok(bytes) if bytes.len() == LENGTH => Ok(key),
                _ => Err(io::Error::other(
                    "a key that is not 64 bytes in hexadecimal",
                )),
            }
        };
        let texts: Vec<String> = serde_json::from_slice(&std::fs::read(file)?)?;
        let keys: io::Result<Vec<_>> = texts.into_iter().map(decoded).collect();
        match keys? {
            keys if keys.is_empty() => Err(io::Error::other("a file of no keys")),
            keys => Ok(Self(keys)),
        }
    }

    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        let texts: Vec<_> = self.0.iter().map(|key| lower::encode_string(key)).collect();
        std::fs::write(file, serde_json::to_vec(&texts)?)
    }

    pub(crate) fn first(&self) -> &[u8] {
        &self.0[0]
    }

    pub(crate) fn others(&self) -> impl Iterator<Item = &[u8]> {
        self.0[1..].iter().map(|key| &key[..])
    }

    /// Replaces all keys by a new one.
    pub(crate) fn replace(&mut self) -> io::Result<()> {
        self.0 = vec![random()?];
        Ok(())
    }

    /// Puts a new key first.
    pub(crate) fn lead(&mut self) -> io::Result<()> {
        self.0.insert(0, random()?);
        Ok(())
    }

    /// Puts a new key last, so that it opens and does not seal.
    pub(crate) fn stage(&mut self) -> io::Result<()> {
        self.0.push(random()?);
        Ok(())
    }

    /// Puts the last key first.
    pub(crate) fn promote(&mut self) {
        self.0.rotate_right(1);
    }
}

fn random() -> io::Result<[u8; LENGTH]> {
    let mut key = [0; LENGTH];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    Ok(key)
}

/// The length that `cookie` and biscotti need; the others need less.
const LENGTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_key_opens_and_does_not_seal_until_it_is_promoted() {
        let mut keys = Keys::generate().expect("random bytes");
        let old = keys.first().to_vec();
        keys.stage().expect("random bytes");
        assert_eq!(keys.first(), old);
        let new = keys.others().next().expect("it was staged").to_vec();
        keys.promote();
        assert_eq!(keys.first(), new);
        assert_eq!(keys.others().collect::<Vec<_>>(), [&old[..]]);
        keys.replace().expect("random bytes");
        assert_eq!(keys.others().count(), 0);
        assert_ne!(keys.first(), new);
    }

    #[test]
    fn a_replica_reads_what_the_operator_wrote() {
        let place = tempfile::tempdir().expect("a directory");
        let file = place.path().join("keys.json");
        let mut keys = Keys::generate().expect("random bytes");
        keys.lead().expect("random bytes");
        keys.write(&file).expect("a file");
        assert_eq!(Keys::read(&file).expect("it was written").0, keys.0);
        std::fs::write(&file, "[\"00\"]").expect("a file");
        assert!(Keys::read(&file).is_err());
        std::fs::write(&file, "[]").expect("a file");
        assert!(Keys::read(&file).is_err());
    }
}
