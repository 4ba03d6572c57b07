//! Do replicas that follow their ring open what others seal, whatever happens to what is said?
//!
//! Real keepers with what replicas say, real questions, answers and heads. Messages are lost, late
//! and doubled; somebody sends them again, and somebody with a delivery key makes others. Replicas
//! are cut off from one keeper or all, start from an old mount, or ask and take nothing; keepers
//! die, and know nobody when they start again.

mod asking;
mod checks;
mod keeper;
mod member;
mod thief;
mod world;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealjar_follow::DeliveryKey;

use self::world::World;
use crate::verdict::{SEED, seeds};

/// What was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Found {
    /// A replica that hears a keeper uses something too old.
    Behind,
    /// A replica has taken what no keeper has signed.
    Forged,
    /// A keeper refuses its turns.
    GaveUp,
    /// A replica has nothing to seal with.
    NoKey,
    /// A recorded question was believed.
    OldAcknowledged,
    /// A recorded answer was believed.
    OldTaken,
    /// A replica holds something else than what the head names.
    OtherThanNamed,
    /// A replica that counts refuses what another one that counts has sealed.
    Refused,
    /// No key has begun to seal for long.
    Standstill,
    /// A keeper believes that its store is behind.
    Stopped,
    /// Two decisions for one epoch.
    TwoDecisions,
}

/// One rule taken away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Broken {
    /// A keeper answers from what it read at its last turn.
    AnswersFromWhatWasRead,
    /// A store takes any commit.
    CommitWithoutComparing,
    /// A replica takes parts without comparing their hash with the head's.
    HashIgnored,
    /// Replicas of one name share an instance.
    InstancesReused,
    /// A keeper decides as soon as it has started.
    NoLeaseOfListening,
    /// A question has no nonce that its answer must name.
    NonceIgnored,
    /// A replica asks one keeper of two.
    OneKeeperAsked,
    /// A question counts whenever it comes.
    QuestionsWithoutCountAndTime,
    /// Who has the delivery key can make what keepers sign, as with an HMAC.
    SharedSecretSigns,
}

#[test]
fn what_a_replica_that_counts_seals_each_that_counts_opens() {
    let (mut rotations, mut taken, mut faults, mut alone) = (0, 0, 0, 0);
    let (mut replayed, mut tampered) = (0, 0);
    for seed in seeds(0..4) {
        let world = World::begin(seed, size(seed), None).run(SECONDS);
        assert!(
            world.found.is_empty(),
            "seed {seed}: {:#?}\nsee it again with\n  {SEED}={seed} cargo test --test fleet -- following",
            world.found
        );
        rotations += world.rotations;
        taken += world.tried.taken;
        faults += world.tried.faults;
        alone += world.tried.starts_alone;
        replayed += world.tried.replayed;
        tampered += world.tried.tampered;
    }
    println!("{rotations} rotations, {taken} taken, {faults} faults, {alone} started alone");
    // Something has been tried.
    assert!(rotations > 10 && taken > 200 && faults > 200 && alone > 3);
    assert!(replayed > 200 && tampered > 200);
}

/// The controls of what replicas and keepers know of each other.
#[test]
fn each_rule_of_what_is_known_to_be_held_is_needed() {
    assert_caught(Broken::NoLeaseOfListening, Found::Refused);
    assert_caught(Broken::OneKeeperAsked, Found::Refused);
    assert_caught(Broken::InstancesReused, Found::Refused);
    assert_caught(Broken::QuestionsWithoutCountAndTime, Found::OldAcknowledged);
}

/// The controls of what is said.
#[test]
fn each_rule_of_what_is_believed_is_needed() {
    assert_caught(Broken::NonceIgnored, Found::OldTaken);
    assert_caught(Broken::SharedSecretSigns, Found::Forged);
    assert_caught(Broken::SharedSecretSigns, Found::Stopped);
    assert_caught(Broken::HashIgnored, Found::OtherThanNamed);
    assert_caught(Broken::AnswersFromWhatWasRead, Found::Behind);
    assert_caught(Broken::CommitWithoutComparing, Found::TwoDecisions);
}

fn assert_caught(broken: Broken, by: Found) {
    // Where there is another keeper, that one has mostly listened for long.
    let keepers = match broken {
        Broken::NoLeaseOfListening => 1,
        _ => 2,
    };
    let catches = |seed| {
        let world = World::begin(seed, (keepers, 5), Some(broken)).run(SECONDS);
        world.found.iter().any(|it| it.0 == by)
    };
    assert!((0..20).any(catches), "{broken:?} is not caught");
}

/// One keeper, or two.
const fn size(seed: u64) -> (usize, usize) {
    (if seed.is_multiple_of(2) { 2 } else { 1 }, 5)
}

/// The first half of a delivery key.
fn secret_of(key: &DeliveryKey) -> Vec<u8> {
    let text = key.to_text();
    let bytes = URL_SAFE_NO_PAD.decode(&text["sealjar-delivery-1_".len()..]);
    bytes.unwrap()[..32].to_vec()
}

const RING: &str = "web";
const SECONDS: u32 = 700;
