//! Somebody between keepers and replicas, who records what passes and sends it again; and somebody
//! who has a replica's delivery key.

use sealjar_follow::{ANSWER_LEN, Head, Patience, Question, SignedHead, seal_ring, sign_answer};

use super::world::{Asker, Flight, World};
use super::{Broken, RING};

impl World {
    pub(super) fn interfere(&mut self, now: u32) {
        if self.dice.happens(0.2) && !self.recorded.is_empty() {
            let at = self.dice.index(self.recorded.len());
            self.tried.replayed += 1;
            self.flights.push(Flight {
                arrives: now + 1,
                is_replay: true,
                ..self.recorded[at].clone()
            });
        }
        if self.dice.happens(0.05) {
            self.forge_a_question(now);
        }
        if self.dice.happens(0.2) {
            self.tamper_with_an_answer();
        }
    }

    /// Asks as a replica that is not there, and says that it holds something that no keeper has.
    fn forge_a_question(&mut self, now: u32) {
        let (later, _) = self.something_later();
        let question = Question {
            nonce: [1; 16],
            instance: self.instance(0),
            count: u64::MAX,
            time: self.slowest(),
            patience: Patience::Waits(0),
            name: "web.9".into(),
            held: Some(later),
        };
        let asker = Asker {
            member: 0,
            start: 0,
            ask: 0,
        };
        self.tried.tampered += 1;
        self.flights.push(Flight {
            arrives: now + 1,
            sent: now,
            post: self.dice.index(self.posts.len()),
            asker,
            bytes: question.to_bytes(self.speaker.delivery_key(), RING),
            is_answer: false,
            is_replay: true,
        });
    }

    fn tamper_with_an_answer(&mut self) {
        let is_whole = |it: &Flight| it.is_answer && it.bytes.len() >= ANSWER_LEN;
        let flights = self.flights.iter().enumerate();
        let answers: Vec<_> = flights.filter(|(_, it)| is_whole(it)).collect();
        if answers.is_empty() {
            return;
        }
        let (at_flight, flight) = answers[self.dice.index(answers.len())];
        let mut bytes = flight.bytes.clone();
        let (member, post) = (flight.asker.member, flight.post);
        match self.dice.index(5) {
            0 => {
                let at = self.dice.index(bytes.len());
                bytes[at] ^= 1 << self.dice.index(8);
            }
            1 => bytes.truncate(self.dice.index(bytes.len())),
            2 => {
                // The parts of another answer.
                let other = self.recorded.iter().rfind(|it| it.is_answer);
                let parts = other.and_then(|it| it.bytes.get(ANSWER_LEN..));
                bytes.truncate(ANSWER_LEN);
                bytes.extend_from_slice(parts.unwrap_or_default());
            }
            3 => {
                // Another ring under the epoch that the head names.
                let epoch = u64::from_be_bytes(bytes[18..26].try_into().unwrap());
                // Somebody may have changed that already.
                if self.documents.contains_key(&epoch) {
                    bytes.truncate(ANSWER_LEN);
                    bytes.extend_from_slice(&self.another_ring(epoch).0);
                }
            }
            _ => {
                let (later, part) = self.something_later();
                let speaker = match self.broken {
                    Some(Broken::SharedSecretSigns) => &self.speaker,
                    _ => &self.mallory,
                };
                let nonce = self.nonce_of(member, post);
                let as_of = self.slowest();
                bytes = sign_answer(speaker, RING, &nonce, as_of, &later).to_vec();
                bytes.extend_from_slice(&part);
            }
        }
        self.tried.tampered += 1;
        self.cannot_hear(member, post);
        self.flights[at_flight].bytes = bytes;
    }

    /// A head of a later epoch than any, signed with the key that its maker has.
    fn something_later(&self) -> (SignedHead, Vec<u8>) {
        let epoch = u64::from(self.slowest().stored()) + 1000;
        let (part, document) = self.another_ring(epoch);
        let speaker = match self.broken {
            Some(Broken::SharedSecretSigns) => &self.speaker,
            _ => &self.mallory,
        };
        let head = Head::of(epoch, document.as_bytes(), None);
        (SignedHead::sign(speaker, RING, head), part)
    }

    /// A ring that no keeper has made, sealed with the delivery key.
    fn another_ring(&self, epoch: u64) -> (Vec<u8>, String) {
        let mut draft = self.store.state().head().unwrap().ring().draft();
        draft.epoch = epoch;
        draft.timing.distribution += 1;
        let document = draft.build().unwrap().to_json();
        let key = self.speaker.delivery_key();
        let part = seal_ring(key, RING, epoch, document.as_bytes()).unwrap();
        (part, document.to_string())
    }
}
