//! What do the handlers of one request ask for, and what is the combined result?

/// What should happen to the session's cookie.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Intent {
    /// No handler asked for anything. The cookie stays, or is sealed again as it came.
    Keep,
    /// The session continues with another value.
    Write,
    /// The session continues under a new id.
    Renew,
    /// The session ends.
    Purge,
}

impl Intent {
    /// Adds an intent to those before. This is the one place where intents are combined.
    #[must_use]
    pub(crate) const fn then(self, intent: Self) -> Self {
        match (self, intent) {
            (before, Self::Keep) => before,
            (_, Self::Purge) => Self::Purge,
            // A new value after the end begins a new session.
            (Self::Purge, Self::Write) => Self::Renew,
            // No session is left to give a new id to.
            (Self::Purge, Self::Renew) => Self::Purge,
            (Self::Renew, Self::Write) => Self::Renew,
            (Self::Keep | Self::Write | Self::Renew, intent) => intent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Intent::{self, Keep, Purge, Renew, Write};

    #[test]
    fn every_pair_of_intents_meets_in_this_table() {
        for (before, intent, after) in [
            (Keep, Keep, Keep),
            (Keep, Write, Write),
            (Keep, Renew, Renew),
            (Keep, Purge, Purge),
            (Write, Keep, Write),
            (Write, Write, Write),
            (Write, Renew, Renew),
            (Write, Purge, Purge),
            (Renew, Keep, Renew),
            (Renew, Write, Renew),
            (Renew, Renew, Renew),
            (Renew, Purge, Purge),
            (Purge, Keep, Purge),
            (Purge, Write, Renew),
            (Purge, Renew, Purge),
            (Purge, Purge, Purge),
        ] {
            assert_eq!(before.then(intent), after, "{before:?} then {intent:?}");
        }
    }

    #[test]
    fn an_intent_asked_twice_in_a_row_is_one() {
        let all = [Keep, Write, Renew, Purge];
        for before in all {
            for intent in all {
                let once: Intent = before.then(intent);
                assert_eq!(once.then(intent), once, "{before:?} then {intent:?} twice");
            }
        }
    }
}
