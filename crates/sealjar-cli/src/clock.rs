//! May a command go by this machine's clock, whatever the ring says?

use clap::Args;
use sealjar_keeper::Keeper;

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// Trust this machine's clock, and pull back dates that lie ahead of it: the ring was written
    /// under a clock that was ahead, or no keeper has run for long
    #[arg(long)]
    clock_is_right: bool,
}

impl Clock {
    pub(crate) const fn is_right(self) -> bool {
        self.clock_is_right
    }

    pub(crate) fn of<S: sealjar_keeper::store::RingStore>(self, keeper: Keeper<S>) -> Keeper<S> {
        keeper.clock_is_right(self.clock_is_right)
    }
}
