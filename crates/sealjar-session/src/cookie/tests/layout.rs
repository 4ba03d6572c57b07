//! How a token is spread over cookies, for every size and name.

use proptest::prelude::*;

use super::super::chunk::{Layout, Suffix, TooLarge};
use super::super::{MAX_LINE, MAX_TOTAL};
use super::{text, texts};

fn pairs(layout: Layout, name: &str, token: &str) -> Vec<String> {
    if layout.parts == 1 {
        return vec![format!("{name}={token}")];
    }
    let mut pairs = Vec::new();
    layout.split(token, |suffix, value| {
        assert_ne!(suffix, Suffix::Out);
        pairs.push(format!(
            "{name}{}={}",
            suffix.texts().concat(),
            value.concat()
        ));
    });
    pairs
}

/// The sum of all pairs and the length of the longest line, when a token is cut into parts as full
/// as can be. Computed a second time, from SPEC.md. `None` when the parts cannot carry it.
fn measure(parts: usize, name: usize, token: usize, attributes: usize) -> Option<usize> {
    if parts == 1 {
        let pair = name + 1 + token;
        return (pair + attributes <= MAX_LINE).then_some(pair);
    }
    // `name=n~gggg.` and `name.k=gggg.` take eight characters beside the name, both of them.
    let room = MAX_LINE.saturating_sub(attributes + name + 8);
    (room * parts >= token).then_some(token + parts * (name + 8) + (parts - 1) * 2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn lines_and_sums_keep_their_limits_and_joining_undoes_splitting(
        token in 94_usize..=12_288,
        name in prop_oneof![Just(7_usize), Just(14), 1_usize..=256],
        attributes in prop_oneof![Just(54_usize), 20_usize..=3000],
        max_size in prop_oneof![Just(MAX_LINE), Just(MAX_TOTAL), 100_usize..=MAX_TOTAL],
        seed in any::<u64>(),
    ) {
        let jar = "n".repeat(name);
        let most = if max_size <= MAX_LINE { 1 } else { 9 };
        let least = (1..=most).find(|parts| {
            measure(*parts, name, token, attributes).is_some_and(|sum| sum <= max_size)
        });
        match Layout::fit(&jar, token, attributes, max_size) {
            Ok(layout) => {
                prop_assert_eq!(Some(layout.parts), least);
                let token = text(seed, token);
                let pairs = pairs(layout, &jar, &token);
                prop_assert_eq!(pairs.len(), layout.parts);
                for pair in &pairs {
                    prop_assert!(pair.len() + attributes <= MAX_LINE);
                }
                let header = pairs.join("; ");
                prop_assert!(header.len() <= max_size);
                prop_assert_eq!(Some(header.len()), measure(layout.parts, name, token.len(), attributes));
                prop_assert_eq!(texts(&[header], &jar), Ok(vec![token.into_bytes()]));
            }
            Err(TooLarge { size, limit }) => {
                prop_assert_eq!(least, None);
                prop_assert!(size > limit, "{} does not break {}", size, limit);
                prop_assert!(limit <= max_size.max(MAX_LINE));
            }
        }
    }
}

#[test]
fn each_number_of_parts_begins_one_character_after_the_one_before_is_full() {
    let (name, attributes) = ("__Host-Http-session", 54);
    let single = MAX_LINE - attributes - name.len() - 1;
    let room = MAX_LINE - attributes - name.len() - 8;
    let parts = |token| Layout::fit(name, token, attributes, MAX_TOTAL).map(|it| it.parts);
    assert_eq!(parts(single), Ok(1));
    assert_eq!(parts(single + 1), Ok(2));
    assert_eq!(parts(2 * room), Ok(2));
    assert_eq!(parts(2 * room + 1), Ok(3));
    let sum = |token: usize| token + 4 * (name.len() + 8) + 3 * 2;
    assert_eq!(parts(3 * room), Ok(3));
    // A fourth part comes before the total is full, a fifth after.
    assert_eq!(parts(MAX_TOTAL - sum(0)), Ok(4));
    assert_eq!(
        parts(MAX_TOTAL - sum(0) + 1),
        Err(TooLarge {
            size: MAX_TOTAL + 1,
            limit: MAX_TOTAL
        })
    );
}

#[test]
fn a_jar_of_one_cookie_never_uses_two() {
    let (name, attributes) = ("__Host-Http-session", 54);
    let single = MAX_LINE - attributes - name.len() - 1;
    assert!(Layout::fit(name, single, attributes, MAX_LINE).is_ok());
    // The pair alone would fit the limit; the line with its attributes would not.
    assert_eq!(
        Layout::fit(name, single + 1, attributes, MAX_LINE),
        Err(TooLarge {
            size: MAX_LINE + 1,
            limit: MAX_LINE
        })
    );
}

/// Attributes may leave so little room in each line that nine cookies are full before the total is.
#[test]
fn nine_full_parts_are_the_most_and_the_error_names_the_limit_they_set() {
    let (name, attributes) = ("session", 3500);
    let room = MAX_LINE - attributes - name.len() - 8;
    let full = 9 * (MAX_LINE - attributes) + 8 * 2;
    assert!(full < MAX_TOTAL);
    assert_eq!(
        Layout::fit(name, 9 * room, attributes, MAX_TOTAL).map(|it| it.parts),
        Ok(9)
    );
    let Err(TooLarge { size, limit }) = Layout::fit(name, 9 * room + 1, attributes, MAX_TOTAL)
    else {
        panic!("ten parts");
    };
    assert_eq!(limit, full);
    assert!(size > limit);
}
