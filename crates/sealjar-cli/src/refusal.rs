//! What does a refusal mean for whoever looks into it?

/// Returns what to look at, for the word that a refused cookie or token has in SPEC.md.
pub(crate) fn hint(kind: &str) -> &'static str {
    match kind {
        "ambiguous" => "several came: another path, domain or program sets this cookie too",
        "bad_time" => "compare the clocks of this machine and of the one that sealed it",
        "expired" => {
            "its time is over; a session ends so when its visitor is away for the idle time"
        }
        "forged" => {
            "app, purpose, cookie name and binding must be those it was sealed with; if they are, it \
             was changed on its way"
        }
        "logged_out" => "the visitor has logged out of it, and a slower response set it again",
        "malformed" => "give the whole value as the browser sends it, without quotes",
        "malformed_inner" => "whoever sealed it has the key and does not keep to the format",
        "outside_key_window" => {
            "it was sealed with a key that had ended: see whether that key has leaked"
        }
        "revoked_all" => "everyone whose session was born before the ring's floor was logged out",
        "revoked_key" => "its key was revoked: the visitor logs in again",
        "revoked_session" => "this session was revoked, and stays so",
        "spent_key" => "its key is over: nothing it sealed can still be alive",
        "torn_chunks" => "give all parts, such as a whole Cookie header: name, name.1, and so on",
        "undecodable" => "it opens, and holds no session: another program sealed it",
        "unknown_key" => "look with the ring it was sealed under, or a newer document of it",
        "unknown_version" => "it is no token, or a newer build sealed it",
        _ => "see SPEC.md",
    }
}
