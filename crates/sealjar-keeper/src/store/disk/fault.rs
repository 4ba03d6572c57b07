//! What goes wrong, in tests that ask what is left then.

use std::io;

use crate::store::disk::Disk;

/// How a disk is in trouble.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Fault {
    /// After so many operations nothing works any more, cleaning up included: the machine has died.
    Dies(usize),
    /// After so many operations one fails, and what comes after it does not.
    Fails(usize),
}

impl Disk {
    pub(super) fn operation(&self) -> io::Result<()> {
        let mut fault = self.fault.lock().unwrap();
        match &mut *fault {
            None => return Ok(()),
            Some(Fault::Dies(0)) => {}
            Some(Fault::Fails(0)) => *fault = None,
            Some(Fault::Dies(left) | Fault::Fails(left)) => {
                *left -= 1;
                return Ok(());
            }
        }
        Err(io::Error::other("a disk in trouble"))
    }

    pub(super) fn is_alive(&self) -> bool {
        !matches!(*self.fault.lock().unwrap(), Some(Fault::Dies(0)))
    }
}
