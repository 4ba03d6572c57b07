//! What goes wrong, in tests that ask what is left then.

use std::io;

use crate::store::disk::Disk;

/// How a disk is in trouble.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Trouble {
    /// After so many operations nothing works any more, cleaning up included: the machine has died.
    Dies(usize),
    /// After so many operations one fails, and what comes after it does not.
    Fails(usize),
}

impl Disk {
    pub(super) fn operation(&self) -> io::Result<()> {
        let mut trouble = self.trouble.lock().unwrap();
        match &mut *trouble {
            None => return Ok(()),
            Some(Trouble::Dies(0)) => {}
            Some(Trouble::Fails(0)) => *trouble = None,
            Some(Trouble::Dies(left) | Trouble::Fails(left)) => {
                *left -= 1;
                return Ok(());
            }
        }
        Err(io::Error::other("a disk in trouble"))
    }

    pub(super) fn is_alive(&self) -> bool {
        !matches!(*self.trouble.lock().unwrap(), Some(Trouble::Dies(0)))
    }
}
