//! May a cache keep this response, and may it give it to somebody else?

/// What a handler did with the session, as far as caches are concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    /// It read the session, so the page may be this visitor's alone.
    Read,
    /// It read the session, and the library would like to seal it again.
    Reseal,
    /// It changed the session, so the response carries this visitor's cookie.
    Write,
}

/// What to do about the response's `Cache-Control`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// The application's own policy is enough.
    Leave,
    /// There is no policy: set this one.
    Set(&'static str),
    /// The application's policy would let others have the cookie: set `no-store` instead, and warn.
    Override,
    /// The application's policy lets others have the response, and sealing again can wait.
    Withhold,
}

/// Decides from the values of the application's own `Cache-Control` headers.
pub(crate) fn judge<'a>(effect: Effect, policy: impl IntoIterator<Item = &'a [u8]>) -> Verdict {
    let mut any = false;
    let mut keeps_others_out = false;
    for value in policy {
        any = true;
        keeps_others_out |= value.split(|byte| *byte == b',').any(|directive| {
            let directive = directive.trim_ascii();
            ["private", "no-store", "no-cache"]
                .iter()
                // With an argument, `private="x"` speaks of single fields only.
                .any(|name| directive.eq_ignore_ascii_case(name.as_bytes()))
        });
    }
    match effect {
        Effect::Read if !any => Verdict::Set("private"),
        Effect::Read => Verdict::Leave,
        Effect::Reseal | Effect::Write if !any => Verdict::Set("no-store"),
        Effect::Reseal | Effect::Write if keeps_others_out => Verdict::Leave,
        Effect::Write => Verdict::Override,
        Effect::Reseal => Verdict::Withhold,
    }
}

/// Returns whether a response's `Vary` headers already say that it depends on cookies.
pub(crate) fn varies_by_cookie<'a>(vary: impl IntoIterator<Item = &'a [u8]>) -> bool {
    vary.into_iter().any(|value| {
        value.split(|byte| *byte == b',').any(|field| {
            let field = field.trim_ascii();
            field == b"*" || field.eq_ignore_ascii_case(b"cookie")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_meets_every_effect_in_this_table() {
        use Verdict::{Leave, Override, Set, Withhold};
        let rows: [(&[&str], Verdict, Verdict, Verdict); 13] = [
            (&[], Set("private"), Set("no-store"), Set("no-store")),
            (&["private"], Leave, Leave, Leave),
            (&["no-store"], Leave, Leave, Leave),
            (&["no-cache"], Leave, Leave, Leave),
            (&["max-age=60, Private"], Leave, Leave, Leave),
            (&["max-age=60", " no-store "], Leave, Leave, Leave),
            (&["public"], Leave, Withhold, Override),
            (&["public, max-age=3600"], Leave, Withhold, Override),
            (&["max-age=3600"], Leave, Withhold, Override),
            (&["s-maxage=60"], Leave, Withhold, Override),
            (&["private=\"set-cookie\""], Leave, Withhold, Override),
            (
                &["no-cache=\"set-cookie\", public"],
                Leave,
                Withhold,
                Override,
            ),
            (&["x-private"], Leave, Withhold, Override),
        ];
        for (policy, read, reseal, write) in rows {
            for (effect, verdict) in [
                (Effect::Read, read),
                (Effect::Reseal, reseal),
                (Effect::Write, write),
            ] {
                let policy_bytes = policy.iter().map(|value| value.as_bytes());
                assert_eq!(
                    judge(effect, policy_bytes),
                    verdict,
                    "{policy:?} {effect:?}"
                );
            }
        }
    }

    #[test]
    fn vary_is_read_as_a_list_of_field_names() {
        for (vary, says_cookie) in [
            (&[] as &[&str], false),
            (&["Accept"], false),
            (&["Cookie2"], false),
            (&["cookie"], true),
            (&["Accept, COOKIE"], true),
            (&["Accept", "Cookie"], true),
            (&["*"], true),
        ] {
            let vary_bytes = vary.iter().map(|value| value.as_bytes());
            assert_eq!(varies_by_cookie(vary_bytes), says_cookie, "{vary:?}");
        }
    }
}
