//! What do a full ring, a long list of revocations and hostile cookies cost?

use sealjar::{__hazmat as hazmat, Context, LiveRing, Sealer, Timestamp};
use sealjar_session::{FetchMetadata, Jar, Origin};

use super::{LIFETIME, as_f64};
use crate::data::User;
use crate::measure::{Contest, Effort};
use crate::report::{Budget, Cell, Report, Table};
use crate::rings::{self, APP};

pub(super) fn run(effort: Effort, report: &mut Report) {
    full_rings(effort, report);
    full_lists(effort, report);
    subjects(effort, report);
    garbage(effort, report);
}

/// The same session opened under a small ring and under full ones.
fn full_rings(effort: Effort, report: &mut Report) {
    let now = Timestamp::now().expect("a sane clock");
    let ago = |seconds: u32| Timestamp::from_stored(now.stored() - seconds);
    let keys = &rings::keys(64, now);
    let jar = |keys, revocations| {
        Jar::<User>::new(rings::ring(keys, revocations), APP).expect("a sound jar")
    };
    let small = &jar(&keys[..1], rings::no_revocations());
    let many_keys = &jar(keys, rings::no_revocations());
    // The session began an hour ago: after the first list's newest entry, before the second's.
    let older = &jar(&keys[..1], rings::full_revocations(ago(7200)));
    let newer = &jar(&keys[..1], rings::full_revocations(ago(60)));
    let header = &rings::cookie_of(keys, ago(3600));
    for jar in [small, many_keys, older, newer] {
        let session = jar.open([header.clone()], FetchMetadata::default());
        assert!(matches!(session.origin(), Origin::Opened { .. }));
    }

    let open = |jar: &Jar<User>| super::read(jar, header);
    let [one, full, after, before] = Contest::default()
        .add(|| open(small))
        .add(|| open(many_keys))
        .add(|| open(older))
        .add(|| open(newer))
        .run(effort);
    let mut table = Table::new(
        "opening under a full ring, Cookie header to session",
        &["time", "more", "ratio"],
    );
    for (name, time) in [
        ("1 key, nothing revoked", one),
        ("64 keys", full),
        ("8192 revocations, born after the newest", after),
        ("8192 revocations, born before the newest", before),
    ] {
        let cells = [
            Cell::Ns(time),
            Cell::Ns(time - one),
            Cell::Ratio(time / one),
        ];
        table.row(name, cells);
    }
    report.tables.push(table);
    report.budgets.extend([
        Budget::at_most(
            "64 keys against 1, within 5 %",
            Cell::Ratio(1.05),
            Cell::Ratio(full / one),
        ),
        Budget::at_most(
            "8192 revocations against none, born after the newest",
            Cell::Ns(100.0),
            Cell::Ns(after - one),
        ),
        Budget::at_most(
            "8192 revocations against none, born before the newest",
            Cell::Ns(100.0),
            Cell::Ns(before - one),
        ),
    ]);
}

/// The same session opened beside an empty list of revocations and beside full ones.
fn full_lists(effort: Effort, report: &mut Report) {
    let now = Timestamp::now().expect("a sane clock");
    let ago = |seconds: u32| Timestamp::from_stored(now.stored() - seconds);
    let keys = &rings::keys(1, now);
    let ring = || rings::ring(keys, rings::no_revocations());
    let jar = |live: LiveRing| Jar::<User>::new(live, APP).expect("a sound jar");
    let empty = &jar(LiveRing::new(ring()));
    let [older, newer] =
        &[ago(7200), ago(60)].map(|newest| jar(rings::beside_full_list(ring(), newest)));
    let header = &rings::cookie_of(keys, ago(3600));
    for jar in [empty, older, newer] {
        let session = jar.open([header.clone()], FetchMetadata::default());
        assert!(matches!(session.origin(), Origin::Opened { .. }));
    }
    let open = |jar: &Jar<User>| super::read(jar, header);
    let [nothing, after, before] = Contest::default()
        .add(|| open(empty))
        .add(|| open(older))
        .add(|| open(newer))
        .run(effort);
    let mut table = Table::new(
        "opening beside a list of 131072 sessions and 32768 people",
        &["time", "more", "ratio"],
    );
    for (name, time) in [
        ("an empty list", nothing),
        ("born after the newest", after),
        ("born before the newest", before),
    ] {
        let cells = [
            Cell::Ns(time),
            Cell::Ns(time - nothing),
            Cell::Ratio(time / nothing),
        ];
        table.row(name, cells);
    }
    report.tables.push(table);
    report.budgets.push(Budget::at_most(
        "a full list against an empty one",
        Cell::Ns(100.0),
        Cell::Ns(after.max(before) - nothing),
    ));
}

/// The cost of checking whether the person of a session is revoked, when 4096 others are.
fn subjects(effort: Effort, report: &mut Report) {
    let now = Timestamp::now().expect("a sane clock");
    let ago = |seconds: u32| Timestamp::from_stored(now.stored() - seconds);
    let revocations = rings::full_revocations(ago(60));
    let ring = rings::ring(&rings::keys(1, now), revocations);
    let sealer =
        hazmat::library_sealer(ring, Context::new(APP, hazmat::SESSION)).expect("short names");
    let sealed = hazmat::seal_born(&sealer, b"", ago(3600), now.saturating_add(60), now);
    let opened = sealer
        .open_token(&sealed.expect("it fits").0)
        .expect("sealed above");
    // So many that each person's cached answer is gone when their turn comes again.
    let people: Vec<String> = (0..65_536)
        .map(|at| format!("visitor number {at}"))
        .collect();
    let listed = ["somebody else 0".to_owned()];
    assert!(opened.is_subject_revoked(&listed[0]));
    let mut table = Table::new(
        "asking for a person born before the newest of 4096 revoked ones",
        &["time"],
    );
    for (name, people) in [
        ("the same person again", &people[..1]),
        ("the same again, one of the revoked", &listed),
        ("1000 people in turn", &people[..1000]),
        ("people who are not remembered", &people),
    ] {
        let mut turn = people.iter().cycle();
        let [time] = Contest::default()
            .add(|| opened.is_subject_revoked(turn.next().expect("it never ends")))
            .run(effort);
        table.row(name, [Cell::Ns(time)]);
    }
    report.tables.push(table);
}

/// Forged cookies: through the sealer alone, and through the whole jar.
fn garbage(effort: Effort, report: &mut Report) {
    let sealer = &super::sealer();
    let stranger = super::sealer();
    let jar = &super::jar();
    let foreign = |payload: usize| {
        let token = stranger.seal(&vec![7; payload], LIFETIME).expect("it fits");
        token.to_string()
    };
    let spoilt = |mut text: String| {
        text.pop();
        text.push('!');
        text
    };
    let mut forged = super::seal(sealer, &User::typical());
    let last = if forged.ends_with('A') { 'Q' } else { 'A' };
    forged.pop();
    forged.push(last);

    let mut table = Table::new(
        "refusing garbage, a second and core",
        &["length", "sealer", "whole jar", "allocated"],
    );
    let mut worst = [f64::INFINITY; 2];
    let mut growth = [[0; 2]; 2];
    for (row, (name, text)) in [
        ("malformed", spoilt(foreign(160))),
        ("malformed, long", spoilt(foreign(2900))),
        ("unknown key", foreign(160)),
        ("unknown key, long", foreign(2900)),
        ("forged, not in the budget", forged),
    ]
    .iter()
    .enumerate()
    {
        let header = format!("{}={text}", crate::peers::NAME);
        assert!(is_refused(sealer, text));
        assert!(
            jar.open([header.clone()], FetchMetadata::default())
                .get()
                .name
                .is_empty()
        );
        let [alone, whole] = Contest::default()
            .add(|| is_refused(sealer, text))
            .add(|| super::read(jar, &header))
            .run(effort);
        let allocated = allocation_counter::measure(|| {
            is_refused(sealer, text);
        });
        let bytes = usize::try_from(allocated.bytes_total).unwrap_or(usize::MAX);
        table.row(
            *name,
            [
                Cell::Bytes(text.len()),
                Cell::PerSecond(1e9 / alone),
                Cell::PerSecond(1e9 / whole),
                Cell::Bytes(bytes),
            ],
        );
        if row < 4 {
            growth[row / 2][row % 2] = bytes;
            if row % 2 == 0 {
                worst = [worst[0].min(1e9 / alone), worst[1].min(1e9 / whole)];
            }
        }
    }
    report.tables.push(table);
    let at_least = |what: &str, found| Budget {
        what: what.to_owned(),
        allowed: Cell::PerSecond(2e6),
        found: Cell::PerSecond(found),
        at_least: true,
    };
    let grown = growth.map(|[short, long]| as_f64(long) - as_f64(short));
    report.budgets.extend([
        at_least("refusing garbage, the sealer alone", worst[0]),
        at_least("refusing garbage, header to anonymous session", worst[1]),
        Budget::at_most(
            "what a longer piece of garbage allocates more, bytes",
            Cell::Count(0.0),
            Cell::Count(grown[0].max(grown[1])),
        ),
    ]);
}

fn is_refused(sealer: &Sealer, text: &str) -> bool {
    sealer.open(text).is_err()
}
