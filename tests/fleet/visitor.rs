//! Who comes to the replicas? Visitors, and thieves with copies of their cookies.

use crate::broken::Broken;
use crate::browser::Browser;
use crate::clock::Clock;
use crate::faults::Dice;
use crate::replica::Process;
use crate::sessions::{Known, Sessions};
use crate::visit::Visit;
use crate::watch::Watch;

/// All visitors, all thieves, and what is known of every session.
#[derive(Debug, Default)]
pub(crate) struct Visitors {
    browsers: Vec<Browser>,
    pub(crate) sessions: Sessions,
}

impl Visitors {
    pub(crate) fn new(count: usize) -> Self {
        let named = |at: usize| Browser {
            name: format!("visitor {at}"),
            ..Browser::default()
        };
        Self {
            browsers: (0..count).map(named).collect(),
            sessions: Sessions::default(),
        }
    }

    /// A session to revoke.
    pub(crate) fn any_session(&self, dice: &mut Dice) -> Option<([u8; 8], &Known)> {
        let held: Vec<_> = self
            .browsers
            .iter()
            .filter_map(|it| it.cookie.as_ref())
            .collect();
        let held = held.get(dice.index(held.len().max(1)))?;
        Some((held.id, self.sessions.get(held.id)?))
    }

    /// One second: responses arrive, and some browsers make requests.
    pub(crate) fn second(
        &mut self,
        now: u32,
        processes: &[(&Process, &Clock)],
        watch: &mut Watch,
        dice: &mut Dice,
        broken: Option<Broken>,
    ) {
        let mut stolen = Vec::new();
        for browser in &mut self.browsers {
            browser.receive(now);
            if processes.is_empty() || !dice.happens(0.25) {
                continue;
            }
            let (process, clock) = processes[dice.index(processes.len())];
            let visit = Visit {
                act: browser.wants(dice),
                browser,
                process,
                clock,
                broken,
            };
            let answer = visit.make(&mut self.sessions, watch, now);
            let late = if dice.happens(0.2) {
                dice.within(1..=5)
            } else {
                0
            };
            browser.answers.push((now + late, answer));
            if !browser.is_thief && browser.cookie.is_some() && dice.happens(0.05) {
                let is_thief = true;
                stolen.push(Browser {
                    is_thief,
                    out: None,
                    ended: Vec::new(),
                    ..browser.clone()
                });
            }
        }
        self.browsers.extend(stolen);
        // Thieves drop sessions that have ended.
        let is_over = |it: &Browser| {
            it.cookie
                .as_ref()
                .is_none_or(|held| held.expires_at.stored() + 60 < now)
        };
        self.browsers.retain(|it| !(it.is_thief && is_over(it)));
        let visitors = self.browsers.iter().filter(|it| !it.is_thief).count();
        self.browsers.truncate(4 * visitors);
    }
}
