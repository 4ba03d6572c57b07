//! SPEC.md, section 3: which of several cookies of one name is the session?

/// What is compared between sessions: id, revision and time of sealing.
pub type Age<'a> = (&'a str, u32, u32);

/// Returns `absent`, `opened` with the session, or the word of the refusal.
#[must_use]
pub fn chosen<'a, S>(
    answers: &[Result<&'a S, &'static str>],
    age: impl Fn(&'a S) -> Age<'a>,
) -> (&'static str, Option<&'a S>) {
    if answers.len() > 4 {
        return ("ambiguous", None);
    }
    let mut best: Option<&S> = None;
    for session in answers.iter().filter_map(|answer| answer.ok()) {
        let (id, revision, sealed_at) = age(session);
        match best.map(&age) {
            Some((other, ..)) if other != id => return ("ambiguous", None),
            Some((_, theirs, at)) if (theirs, at) >= (revision, sealed_at) => {}
            _ => best = Some(session),
        }
    }
    match (best, answers.first()) {
        (Some(best), _) => ("opened", Some(best)),
        (None, Some(Err(word))) => (word, None),
        (None, _) => ("absent", None),
    }
}

/// Returns the ids of the sessions that open, whichever of them is chosen.
#[must_use]
pub fn opened_ids<'a, S>(
    answers: &[Result<&'a S, &'static str>],
    id: impl Fn(&'a S) -> &'a str,
) -> Vec<String> {
    let opened = answers.iter().filter_map(|answer| answer.ok());
    let ids = opened.map(|session| id(session).to_owned());
    if answers.len() > 4 {
        Vec::new()
    } else {
        ids.collect()
    }
}
