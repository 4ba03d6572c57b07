//! A command that waits for the swarm while the test looks on.

use std::process::{Child, Command, Stdio};

/// A running `sealjar`, killed when this is dropped.
pub(crate) struct Order(Child);

impl Order {
    pub(crate) fn begin(mut command: Command) -> Self {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Order {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}
