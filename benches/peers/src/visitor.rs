//! A visitor, and what it notices.

use std::io;
use std::net::SocketAddr;
use std::ops::AddAssign;
use std::time::{Duration, Instant};

use sealjar_bench_parts::browser::{Answer, Browser};
use serde::Serialize;

use crate::app::shown;

/// A visitor with a browser. Its requests go through the proxy, each on a connection of its own,
/// one after the other, so every loss is the site's.
pub(crate) struct Visitor {
    browser: Browser,
    proxy: SocketAddr,
    id: u64,
    /// The least number of things in the basket: a response has confirmed it. `None`: not logged
    /// in.
    confirmed: Option<u32>,
    /// What is happening now. The sender of the visitor sets it.
    pub(crate) moment: Moment,
    pub(crate) noticed: Noticed,
}

/// What is happening while a request is sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    /// Replicas are being replaced.
    pub(crate) rolling: bool,
    /// Redis has been killed, and is away or back again.
    pub(crate) redis_died: bool,
}

/// What visitors notice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noticed {
    pub(crate) requests: u32,
    /// Changes that were confirmed.
    pub(crate) writes: u32,
    /// Losses before the death of Redis; all losses if there is no Redis.
    pub(crate) losses: Losses,
    /// Losses since the death of Redis.
    pub(crate) after_redis: Losses,
    /// Response times while replicas were being replaced.
    pub(crate) times: Vec<Duration>,
}

/// What a site has lost for a visitor.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Losses {
    /// Responses that did not know a visitor who had logged in.
    pub(crate) logouts: u32,
    /// Changes that were confirmed and that a later page does not show.
    pub(crate) lost_writes: u32,
    /// Requests whose response was a server error, or incomplete.
    pub(crate) failed: u32,
}

impl Visitor {
    pub(crate) fn new(proxy: SocketAddr, id: u64) -> Self {
        Self {
            browser: Browser::default(),
            proxy,
            id,
            confirmed: None,
            moment: Moment::default(),
            noticed: Noticed::default(),
        }
    }

    /// Sends the request of this turn.
    pub(crate) fn step(&mut self, turn: u32) {
        match self.confirmed {
            None => self.log_in(),
            Some(_) if turn.is_multiple_of(LOG_OUT_EVERY) => self.log_out(),
            Some(confirmed) if turn.is_multiple_of(2) => self.add(confirmed),
            Some(confirmed) => self.look(confirmed),
        }
    }

    /// Looks once more, to notice a loss at the very end.
    pub(crate) fn leave(&mut self) {
        if let Some(confirmed) = self.confirmed {
            self.look(confirmed);
        }
    }

    fn log_in(&mut self) {
        let answer = self.send("POST", &format!("/login/{}", self.id));
        self.confirmed = answer.and_then(|answer| answer.body.parse().ok());
        self.noticed.writes += u32::from(self.confirmed.is_some());
    }

    fn log_out(&mut self) {
        // Without a response the visitor may be logged in or not, and logs in again in both cases.
        self.confirmed = None;
        let answer = self.send("POST", "/logout");
        self.noticed.writes += u32::from(answer.is_some_and(|answer| answer.status == 200));
    }

    fn look(&mut self, confirmed: u32) {
        if let Some(answer) = self.send("GET", "/") {
            let mine = shown(&answer.body).filter(|(id, _)| *id == self.id);
            self.compare(confirmed, mine.map(|(_, count)| count));
        }
    }

    fn add(&mut self, confirmed: u32) {
        if let Some(answer) = self.send("POST", "/add") {
            let count = answer.body.parse().ok().filter(|_| answer.status == 200);
            self.noticed.writes += u32::from(count.is_some());
            self.compare(confirmed + u32::from(count.is_some()), count);
        }
    }

    /// Compares the page with what was confirmed. `None`: the page knows nobody.
    fn compare(&mut self, confirmed: u32, count: Option<u32>) {
        let there = count.unwrap_or(AT_LOGIN);
        let losses = self.losses();
        losses.logouts += u32::from(count.is_none());
        losses.lost_writes += confirmed.saturating_sub(there);
        self.confirmed = count;
    }

    const fn losses(&mut self) -> &mut Losses {
        if self.moment.redis_died {
            &mut self.noticed.after_redis
        } else {
            &mut self.noticed.losses
        }
    }

    /// Sends a request. `None`: no response confirmed it.
    fn send(&mut self, method: &str, path: &str) -> Option<Answer> {
        let started = Instant::now();
        let answer = self.exchange(method, path);
        let time = started.elapsed();
        self.noticed.requests += 1;
        let answer = answer.ok().filter(|answer| answer.status < 500);
        if self.moment.rolling && answer.is_some() {
            self.noticed.times.push(time);
        }
        self.losses().failed += u32::from(answer.is_none());
        answer
    }

    fn exchange(&mut self, method: &str, path: &str) -> io::Result<Answer> {
        self.browser.connect(self.proxy)?;
        self.browser.ask(method, path)
    }
}

impl AddAssign for Noticed {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.writes += other.writes;
        self.losses += other.losses;
        self.after_redis += other.after_redis;
        self.times.extend(other.times);
    }
}

impl AddAssign for Losses {
    fn add_assign(&mut self, other: Self) {
        self.logouts += other.logouts;
        self.lost_writes += other.lost_writes;
        self.failed += other.failed;
    }
}

/// The number of things in the first basket of [`crate::app::somebody`].
const AT_LOGIN: u32 = 1;
const LOG_OUT_EVERY: u32 = 61;

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::app::{NOBODY, page, somebody};

    #[test]
    fn a_basket_that_was_begun_has_one_in_it() {
        assert_eq!(somebody(1).bumped(), AT_LOGIN);
    }

    #[test]
    fn nothing_is_blamed_on_a_site_that_remembers() {
        let site = [ok("1"), ok("2"), ok(&basket(7, 2)), ok("3")];
        let noticed = visit(&site, &[1, 2, 3, 4]);
        assert_eq!(told(&noticed), (0, 0));
        assert_eq!(noticed.writes, 3, "one login and two changes");
    }

    #[test]
    fn a_basket_that_has_forgotten_a_change_is_noticed_when_it_is_shown_and_when_it_is_changed() {
        let shown = visit(&[ok("1"), ok("2"), ok(&basket(7, 1))], &[1, 2, 3]);
        assert_eq!(told(&shown), (0, 1));
        let changed = visit(&[ok("1"), ok("2"), ok("3"), ok("2")], &[1, 2, 4, 6]);
        assert_eq!(told(&changed), (0, 2));
    }

    #[test]
    fn a_site_that_does_not_know_the_visitor_is_noticed_once_with_all_that_was_confirmed() {
        let site = [ok("1"), ok("2"), ok(NOBODY), ok("1"), refused()];
        let noticed = visit(&site, &[1, 2, 3, 4, 6]);
        assert_eq!(told(&noticed), (2, 1));
        let somebody_else = visit(&[ok("1"), ok(&basket(8, 1))], &[1, 3]);
        assert_eq!(somebody_else.losses.logouts, 1, "who sees another's basket");
    }

    #[test]
    fn an_answer_that_is_cut_off_promises_nothing() {
        let cut = |text: String| text[..text.len() - 1].to_owned();
        for lost in [cut(ok("2")), failure()] {
            let site = [ok("1"), lost, ok(&basket(7, 1)), ok(&basket(7, 1))];
            let noticed = visit(&site, &[1, 2, 3, 5]);
            assert_eq!(told(&noticed), (0, 0));
            assert_eq!((noticed.losses.failed, noticed.writes), (1, 1));
        }
    }

    #[test]
    fn what_the_death_of_redis_costs_is_told_apart_and_only_answers_during_a_roll_out_are_timed() {
        let site = [ok("1"), refused(), ok("1"), failure()];
        let moments = [(true, false), (false, false), (true, true), (true, true)];
        let noticed = visit_at(
            &site,
            &[
                (1, moments[0]),
                (2, moments[1]),
                (1, moments[2]),
                (2, moments[3]),
            ],
        );
        let losses = |logouts, failed| Losses {
            logouts,
            failed,
            ..Losses::default()
        };
        assert_eq!(noticed.losses, losses(1, 0));
        assert_eq!(noticed.after_redis, losses(0, 1));
        assert_eq!(
            noticed.times.len(),
            2,
            "one refusal is outside, one failure is no answer"
        );
    }

    /// Sends a visitor on these turns to a site with these responses.
    fn visit(answers: &[String], turns: &[u32]) -> Noticed {
        let turns: Vec<_> = turns.iter().map(|turn| (*turn, (false, false))).collect();
        visit_at(answers, &turns)
    }

    /// The same, with or without a roll-out and a death of Redis.
    fn visit_at(answers: &[String], turns: &[(u32, (bool, bool))]) -> Noticed {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut visitor = Visitor::new(listener.local_addr().expect("an address"), 7);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for answer in answers {
                    let (mut stream, _) = listener.accept().expect("a visitor");
                    let asked = stream.read(&mut [0; 4096]).expect("a request");
                    assert!(asked > 0);
                    stream.write_all(answer.as_bytes()).expect("who reads");
                }
            });
            for (turn, (rolling, redis_died)) in turns {
                visitor.moment = Moment {
                    rolling: *rolling,
                    redis_died: *redis_died,
                };
                visitor.step(*turn);
            }
        });
        visitor.noticed
    }

    fn told(noticed: &Noticed) -> (u32, u32) {
        (noticed.losses.logouts, noticed.losses.lost_writes)
    }

    fn ok(body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
    }

    fn failure() -> String {
        "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n".into()
    }

    fn refused() -> String {
        "HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\nno".into()
    }

    fn basket(id: u64, count: u32) -> String {
        let mut user = somebody(id);
        while user.bumped() < count {
            user.bump();
        }
        page(Some(&user))
    }
}
