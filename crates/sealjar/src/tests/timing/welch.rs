//! Do two samples of times have the same mean?

/// Returns the greatest |t| of two samples: of all values, and of croppings that leave out the
/// slowest ones, because interruptions are slow and mean nothing. The croppings are dudect's.
pub(super) fn greatest_t(times: [Vec<u32>; 2]) -> [f64; 2] {
    let mut all = times.concat();
    all.sort_unstable();
    let cropped = (1..=100).filter_map(|step| {
        let kept = 1.0 - 0.5_f64.powf(10.0 * f64::from(step) / 100.0);
        let limit = *all.get(position(all.len(), kept))?;
        let classes = times.each_ref().map(|times| Class::of(times, limit));
        (classes.iter().all(|class| class.count >= FEWEST)).then(|| t(classes).abs())
    });
    let cropped = cropped.fold(0.0, f64::max);
    [
        t(times.map(|times| Class::of(&times, u32::MAX))).abs(),
        cropped,
    ]
}

/// Fewer samples show nothing.
const FEWEST: f64 = 10_000.0;

#[expect(
    clippy::cast_possible_truncation,
    reason = "a place in a list, which is far shorter than 2^52"
)]
fn position(length: usize, share: f64) -> usize {
    (length as f64 * share) as usize
}

/// Count, mean and variance of the times up to a limit.
struct Class {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Class {
    fn of(times: &[u32], limit: u32) -> Self {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        // Welford's method, which loses no digits.
        for time in times.iter().filter(|time| **time <= limit) {
            count += 1.0;
            let off = f64::from(*time) - mean;
            mean += off / count;
            squares += off * (f64::from(*time) - mean);
        }
        Self {
            count,
            mean,
            variance: squares / (count - 1.0),
        }
    }
}

fn t([a, b]: [Class; 2]) -> f64 {
    (a.mean - b.mean) / (a.variance / a.count + b.variance / b.count).sqrt()
}

#[test]
fn t_is_what_a_textbook_says() {
    // Means 3 and 6, variances 2.5 and 10, five of each.
    let [all, _] = greatest_t([vec![1, 2, 3, 4, 5], vec![2, 4, 6, 8, 10]]);
    assert!((all - 3.0 / 2.5_f64.sqrt()).abs() < 1e-12, "{all}");
}

#[test]
fn a_difference_of_a_hundredth_is_seen_under_interruptions_and_none_is_not() {
    let mut rng = super::Rng(1);
    let mut times = |mean: u64, count: usize| -> Vec<u32> {
        let mut draw = || match rng.below(100) {
            0 => 90_000 + rng.below(90_000),
            _ => usize::try_from(mean).unwrap() + rng.below(200),
        };
        let times = (0..count).map(|_| u32::try_from(draw()).unwrap());
        times.collect()
    };
    let [all, cropped] = greatest_t([times(1_000, 50_000), times(1_010, 50_000)]);
    assert!(all < 4.5 && cropped > 15.0, "{all} {cropped}");
    let [_, cropped] = greatest_t([times(1_000, 50_000), times(1_000, 50_000)]);
    assert!(cropped < 4.5, "{cropped}");
}
