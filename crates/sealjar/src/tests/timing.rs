//! Can an attacker who sends forged tokens tell from the time of the refusal how much of the tag is
//! right?
//!
//! As dudect does it (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?"): two
//! classes of tokens in random order, each refusal timed, and Welch's t of the two means. One class
//! has the first byte of the tag wrong, the other the last. A comparison that stops at the first
//! difference takes longer for the second class.
//!
//! The test asserts nothing about times. How to read it: the control's |t| is large and grows with
//! the number of samples. The measured |t| must stay below 4.5 and not grow, like that of the null
//! run, whose classes are equal. A busy machine makes all three smaller.

mod welch;

use std::hint::black_box;
use std::time::Instant;

use self::welch::greatest_t;
use super::tamper::scene::{NOW, Scene};
use super::{Rng, at, from_environment};
use crate::aead::{Backend, Suite};
use crate::base64url;
use crate::error::OpenError;

#[test]
#[ignore = "prints times, and asserts nothing of them: `just timing`"]
fn prints_how_much_longer_the_last_byte_of_a_tag_takes_than_the_first() {
    let samples = from_environment("SEALJAR_TIMING_SAMPLES").unwrap_or(1_000_000);
    println!("greatest |t| over {samples} refusals: all of them, and the best of 100 croppings");
    let computed_by = [
        (Suite::Xaes256Gcm, Backend::ALL),
        // No other library computes this suite.
        (Suite::XChaCha20Poly1305, &[Backend::Pure]),
    ];
    for (suite, backends) in computed_by {
        for backend in backends {
            println!("{suite:?}, {backend:?}");
            backend.during(|| measure(&Scene::new(suite), samples));
        }
    }
}

fn measure(scene: &Scene, samples: u64) {
    let sound = |text: &str| scene.sealer.open_at(text, at(NOW)).map(drop);
    let leaky = |text: &str| scene.open_stopping_early(text);
    print(
        "  first byte, last byte",
        samples,
        scene,
        FIRST_AND_LAST,
        sound,
    );
    print("  null run", samples, scene, [LAST, LAST], sound);
    print(
        "  control, which leaks",
        samples,
        scene,
        FIRST_AND_LAST,
        leaky,
    );
}

fn print(
    name: &str,
    samples: u64,
    scene: &Scene,
    wrong_byte: [usize; 2],
    open: impl Fn(&str) -> Result<(), OpenError>,
) {
    let [all, cropped] = greatest_t(time(samples, scene, wrong_byte, open));
    println!("{name:24}{all:9.2}{cropped:9.2}");
}

/// Times refusals of tokens of two classes, which differ in the byte of the tag that is wrong.
/// Returns the nanoseconds of each.
fn time(
    samples: u64,
    scene: &Scene,
    wrong_byte: [usize; 2],
    open: impl Fn(&str) -> Result<(), OpenError>,
) -> [Vec<u32>; 2] {
    let mut rng = Rng(20_261_122);
    let mut times = [(); 2].map(|()| Vec::new());
    // One buffer for both, written anew for each sample, so addresses and caches are the same.
    let mut raw = scene.token.raw().to_vec();
    let tag = raw.len() - 16;
    let mut text = String::new();
    for _ in 0..samples {
        let class = rng.below(2);
        let change = 1 + u8::try_from(rng.below(255)).unwrap();
        let at = tag + wrong_byte[class];
        raw[at] ^= change;
        text.clear();
        base64url::encode_into(&raw, &mut text);
        let start = Instant::now();
        let refused = black_box(open(black_box(&text)));
        let time = start.elapsed();
        raw[at] ^= change;
        assert_eq!(refused, Err(OpenError::Forged));
        times[class].push(u32::try_from(time.as_nanos()).unwrap_or(u32::MAX));
    }
    times
}

const LAST: usize = 15;
const FIRST_AND_LAST: [usize; 2] = [0, LAST];
