use super::*;

const EFFECTS: [Effect; 4] = [
    Effect::Read,
    Effect::Reseal { urgent: false },
    Effect::Reseal { urgent: true },
    Effect::Write,
];

/// The expected verdict, in a row of a table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Says {
    Leave,
    Set(&'static str),
    Override,
    Withhold,
}

fn judged(headers: &[(&str, &str)], effect: Effect) -> Verdict {
    let headers = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    Policies::read(headers).verdict(effect)
}

fn verdict(says: Says) -> Verdict {
    Verdict {
        cache_control: match says {
            Says::Leave | Says::Withhold => None,
            Says::Set(policy) => Some(policy),
            Says::Override => Some("no-store"),
        },
        withheld: says == Says::Withhold,
        overridden: says == Says::Override,
        ..Verdict::default()
    }
}

#[test]
fn every_cache_control_meets_every_effect_in_this_table() {
    use Says::{Leave, Override, Set, Withhold};
    let enough = [Leave; 4];
    let shared = [Leave, Withhold, Withhold, Override];
    let revalidated = [Leave, Withhold, Set("no-store"), Set("no-store")];
    let rows: [(&[&str], [Says; 4]); 22] = [
        (
            &[],
            [
                Set("private"),
                Set("no-store"),
                Set("no-store"),
                Set("no-store"),
            ],
        ),
        (&["private"], enough),
        (&["no-store"], enough),
        (&["max-age=60, Private"], enough),
        (&["max-age=60", " no-store "], enough),
        (&["public", "PRIVATE"], enough),
        (&["no-cache, private"], enough),
        (&["no-cache"], revalidated),
        (&["must-revalidate, No-Cache"], revalidated),
        (&["no-cache, max-age=0"], revalidated),
        (&["public, no-cache"], shared),
        (&["no-cache, S-MaxAge=60"], shared),
        (&["public"], shared),
        (&["public, max-age=3600"], shared),
        (&["max-age=3600"], shared),
        (&["s-maxage=60"], shared),
        (&["must-revalidate"], shared),
        (&[""], shared),
        (&["private=\"set-cookie\""], shared),
        (&["no-cache=\"set-cookie\""], shared),
        (&["public, no-cache=\"a, private, b\""], shared),
        (&["x-private"], shared),
    ];
    for (policy, row) in rows {
        for (effect, says) in EFFECTS.into_iter().zip(row) {
            let headers: Vec<_> = policy.iter().map(|it| ("Cache-Control", *it)).collect();
            assert_eq!(
                judged(&headers, effect),
                verdict(says),
                "{policy:?} {effect:?}"
            );
        }
    }
}

#[test]
fn fields_that_a_cache_prefers_to_cache_control_are_policies_too() {
    let rows = [
        ("CDN-Cache-Control", "max-age=60", Some("no-store")),
        ("CDN-Cache-Control", "no-cache", Some("no-store")),
        ("cdn-cache-control", "private", None),
        ("CDN-Cache-Control", "No-Store", None),
        (
            "Cloudflare-CDN-Cache-Control",
            "max-age=60",
            Some("no-store"),
        ),
        ("vercel-cdn-cache-control", "s-maxage=60", Some("no-store")),
        ("Netlify-CDN-Cache-Control", "public", Some("no-store")),
        ("Surrogate-Control", "max-age=60", Some("no-store")),
        ("Surrogate-Control", "content=\"ESI/1.0\"", Some("no-store")),
        // The Edge Architecture specification knows no `private`.
        ("Surrogate-Control", "private", Some("no-store")),
        ("surrogate-control", "max-age=60, no-store", None),
        ("Edge-Control", "cache-maxage=60", Some("no-store")),
        ("Edge-Control", "no-store", None),
        ("X-Accel-Expires", "60", Some("0")),
        ("X-Accel-Expires", "@2000000000", Some("0")),
        ("X-Accel-Expires", "0", None),
    ];
    for (name, value, closed) in rows {
        for own in ["private", "no-store", "public", ""] {
            let own = (!own.is_empty()).then_some(("cache-control", own));
            let alone: Vec<_> = own.into_iter().collect();
            let headers: Vec<_> = own.into_iter().chain([(name, value)]).collect();
            for effect in EFFECTS {
                let mut wanted = judged(&alone, effect);
                match (effect, closed) {
                    (Effect::Read, _) | (_, None) => (),
                    (Effect::Reseal { .. }, Some(_)) => {
                        wanted = judged(&alone, Effect::Read);
                        wanted.withheld = true;
                    }
                    (Effect::Discard | Effect::Write, Some(closed)) => {
                        wanted.replaced.push((name.to_owned(), closed));
                        wanted.overridden = true;
                    }
                }
                assert_eq!(judged(&headers, effect), wanted, "{headers:?} {effect:?}");
            }
        }
    }
}

#[test]
fn other_fields_are_no_policies() {
    for name in [
        "cache",
        "cache-control-x",
        "xcache-control",
        "surrogate-key",
        "pragma",
        "age",
        "é-cache-contro",
    ] {
        for effect in EFFECTS {
            assert_eq!(
                judged(&[(name, "public, max-age=60")], effect),
                judged(&[], effect),
                "{name} {effect:?}"
            );
        }
    }
}

#[test]
fn an_expiry_date_ends_beside_a_session_cookie_and_holds_nothing_up() {
    let headers = [("Expires", "Thu, 01 Jan 2099 00:00:00 GMT")];
    for effect in EFFECTS {
        let found = judged(&headers, effect);
        let mut wanted = judged(&[], effect);
        if effect != Effect::Read {
            wanted.replaced.push(("Expires".into(), "0"));
        }
        assert_eq!(found, wanted, "{effect:?}");
    }
    assert_eq!(
        judged(&[("expires", "0")], Effect::Write),
        judged(&[], Effect::Write)
    );
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
        let headers = vary.iter().map(|value| ("Vary", value.as_bytes()));
        assert_eq!(
            Policies::read(headers).varies_by_cookie,
            says_cookie,
            "{vary:?}"
        );
    }
}

#[test]
fn what_is_discarded_is_private_and_under_a_policy_of_its_own_it_is_a_write() {
    assert_eq!(
        judged(&[], Effect::Discard),
        verdict(Says::Set("private")),
        "no-store would keep the page out of the back/forward cache"
    );
    for header in [
        ("cache-control", "private"),
        ("cache-control", "no-store"),
        ("cache-control", "no-cache"),
        ("cache-control", "public, max-age=60"),
        ("cdn-cache-control", "max-age=60"),
        ("expires", "Thu, 01 Jan 2099 00:00:00 GMT"),
    ] {
        let discarded = judged(&[header], Effect::Discard);
        assert_eq!(discarded, judged(&[header], Effect::Write), "{header:?}");
    }
}
