//! What can happen between a visitor, two replicas and their keeper?

use arbitrary::Arbitrary;

use super::fleet::Change;
use super::visit::Act;

/// One thing that happens.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Step {
    /// A complete request, without anything in between.
    Visit {
        replica: bool,
        cookies: Cookies,
        act: Act,
        fate: Fate,
    },
    /// A request begins, in one of two places: at most two are in flight.
    Begin {
        place: bool,
        replica: bool,
        navigation: bool,
        cookies: Cookies,
    },
    Act {
        place: bool,
        act: Act,
    },
    Close {
        place: bool,
        fate: Fate,
    },
    /// The late responses reach the browser.
    Arrive,
    /// Somebody copies the browser's cookies.
    Copy,
    Change(Change),
    Deliver(bool),
    OfferOlder {
        replica: bool,
        which: u8,
    },
    Pass(u16),
    PutAhead {
        replica: bool,
        seconds: u8,
    },
}

/// Which cookies come with a request.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Cookies {
    Browsers,
    Copied(u8),
    BrowsersAndCopied(u8),
    BrowsersAndGarbage,
}

/// What happens to a response.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Fate {
    Arrives,
    IsLost,
    LosesLine(u8),
    IsLate,
}
