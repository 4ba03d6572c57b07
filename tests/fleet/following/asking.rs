//! What replicas ask, and what they take of the answers.

use sealjar::__hazmat::{DeliverySecret, Travelling};
use sealjar::{KeyRing, Timestamp};
use sealjar_follow::{ANSWER_LEN, Asked, HEAD_LEN, Patience, Question, SignedHead};

use super::keeper::head_of;
use super::member::{Ask, RETRY, Serving};
use super::world::{Asker, Flight, World};
use super::{Broken, Found, RING, secret_of};

/// A head with the document that came with it, if anything is new.
type News = Option<(SignedHead, Option<Vec<u8>>)>;

impl World {
    /// It may take a while until a replica hears this keeper again.
    pub(super) fn cannot_hear(&mut self, at: usize, post: usize) {
        let from = self.time.now() + RETRY;
        if let Some(life) = &mut self.members[at].life {
            life.hears_since[post] = from;
        }
    }

    /// What somebody between them sees of a question that waits.
    pub(super) fn nonce_of(&self, at: usize, post: usize) -> [u8; 16] {
        let life = self.members[at].life.as_ref();
        let ask = life.and_then(|it| it.asks[post].as_ref());
        ask.map_or([0; 16], |ask| ask.nonce)
    }

    pub(super) fn ask(&mut self, now: u32) {
        for at in 0..self.members.len() {
            for post in 0..self.posts.len() {
                self.ask_one(at, post, now);
            }
        }
    }

    fn ask_one(&mut self, at: usize, post: usize, now: u32) {
        let patience = u16::try_from(self.dice.within(3..=8)).unwrap();
        let nonce = match self.broken {
            Some(Broken::NonceIgnored) => [0; 16],
            _ => {
                let drawn = [
                    self.dice.within(0..=u32::MAX),
                    self.dice.within(0..=u32::MAX),
                ];
                let mut nonce = [0; 16];
                nonce[..4].copy_from_slice(&drawn[0].to_be_bytes());
                nonce[4..8].copy_from_slice(&drawn[1].to_be_bytes());
                nonce
            }
        };
        let is_up = self.posts[post].process.is_some();
        let member = &mut self.members[at];
        let (time, is_cut) = (member.clock.now(), member.cut[post] > now);
        let Some(life) = &mut member.life else {
            return;
        };
        if life.asks[post]
            .as_ref()
            .is_some_and(|ask| ask.gives_up <= now)
        {
            life.asks[post] = None;
            life.again_at[post] = now + 1;
        }
        let waits = life.asks[post].is_some();
        if is_cut || !is_up || !life.asks(post) || member.stuck_until > now {
            life.hears_since[post] = now + RETRY;
        }
        if waits || life.again_at[post] > now || !life.asks(post) {
            return;
        }
        self.last_ask += 1;
        life.count = self.last_ask;
        let question = Question {
            nonce,
            instance: life.instance,
            count: life.count,
            time,
            patience: Patience::Waits(patience),
            name: format!("web.{at}"),
            held: life.held.clone(),
        };
        life.asks[post] = Some(Ask {
            number: self.last_ask,
            nonce,
            time,
            held: life.held.clone(),
            gives_up: now + u32::from(patience) + 10,
        });
        let asker = Asker {
            member: at,
            start: life.start,
            ask: self.last_ask,
        };
        let bytes = question.to_bytes(self.speaker.delivery_key(), RING);
        self.send(Flight {
            arrives: now + 1,
            sent: now,
            post,
            asker,
            bytes,
            is_answer: false,
            is_replay: false,
        });
    }

    /// An answer has come, or something that looks like one.
    pub(super) fn answered(&mut self, flight: &Flight, now: u32) {
        let member = &mut self.members[flight.asker.member];
        let clock = member.clock.now();
        let Some(life) = &mut member.life else {
            return;
        };
        let Some(ask) = life.asks[flight.post].clone() else {
            return;
        };
        let is_its_own = life.start == flight.asker.start && ask.number == flight.asker.ask;
        if !is_its_own && !flight.is_replay {
            return;
        }
        life.asks[flight.post] = None;
        let asked = Asked {
            key: self.speaker.delivery_key(),
            ring: RING,
            nonce: &ask.nonce,
            held: ask.held.as_ref().map(SignedHead::head),
            list: None,
            sent: ask.time,
        };
        let judged = asked.judge(&flight.bytes, clock);
        let taken = match judged {
            Ok(judged) => Ok(judged
                .news
                .map(|it| (it.head, it.document.map(|it| it.to_vec())))),
            Err(_) if self.broken == Some(Broken::HashIgnored) => self.without_hash(&flight.bytes),
            Err(_) => Err(()),
        };
        let Ok(news) = taken else {
            let life = self.members[flight.asker.member].life.as_mut().unwrap();
            life.again_at[flight.post] = now + 1;
            return;
        };
        if !is_its_own {
            self.note(Found::OldTaken, || "an answer to another question".into());
        }
        self.take(flight.asker.member, news, clock, now);
    }

    fn take(&mut self, at: usize, news: News, clock: Timestamp, now: u32) {
        let member = &mut self.members[at];
        let (is_stuck, Some(life)) = (member.stuck_until > now, &mut member.life) else {
            return;
        };
        if is_stuck {
            return;
        }
        let Some((head, Some(document))) = news else {
            life.counts |= life.held.is_some();
            return;
        };
        let Ok(ring) = KeyRing::from_json(&document) else {
            return;
        };
        let took = match &life.serving {
            Some(serving) => serving.live.replace_at(ring, Some(clock)).is_ok(),
            None => {
                life.serving = Some(Serving::of(ring));
                true
            }
        };
        if took {
            life.counts = true;
            life.held = Some(head.clone());
            self.tried.taken += 1;
            let known = self.documents.get(&head.head().epoch);
            let is_signed = known.is_some_and(|it| head_of(it) == *head.head());
            let is_named =
                known.is_some_and(|it| **it.ring().to_json() == *document_text(&document));
            if !is_signed {
                self.note(Found::Forged, || format!("{:?}", head.head()));
            } else if !is_named {
                self.note(Found::OtherThanNamed, || format!("{:?}", head.head()));
            }
        }
    }

    /// Takes whatever opens under the key, signed or not.
    fn without_hash(&self, answer: &[u8]) -> Result<News, ()> {
        let key = self.speaker.delivery_key();
        let head = answer.get(4..4 + HEAD_LEN).ok_or(())?;
        let head = SignedHead::verify(key, RING, head).map_err(drop)?;
        let blob = answer.get(ANSWER_LEN + 5..).ok_or(())?;
        let secret = secret_of(key);
        let secret = DeliverySecret::from_bytes(&secret).map_err(drop)?;
        let opened = secret.open(Travelling::Ring, RING, head.head().epoch, blob);
        let document = opened.map_err(drop)?;
        Ok(Some((head, Some(document.to_vec()))))
    }
}

fn document_text(document: &[u8]) -> &str {
    std::str::from_utf8(document).unwrap_or_default()
}
