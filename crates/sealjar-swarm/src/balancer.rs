//! What does the Traefik before a service do, as services say it?
//!
//! The store and the doctor use it. Each function reads a service as the engine describes it.

use sealjar_keeper::HumanDuration;
use serde_json::Value;

/// How often Traefik looks at the swarm by default.
pub(crate) const DEFAULT_POLL: HumanDuration = HumanDuration::from_secs(15);

/// Returns how often the Traefik before a service looks which replicas there are, `None` if none
/// leads to them. Of several the slowest counts.
pub(crate) fn poll_before<'a>(
    service: &Value,
    all: impl IntoIterator<Item = &'a Value>,
) -> Option<HumanDuration> {
    leads_to_replicas_of(service).then(|| poll(all))
}

/// Reads how often Traefik looks at the swarm, from its own service.
pub(crate) fn poll<'a>(all: impl IntoIterator<Item = &'a Value>) -> HumanDuration {
    let told = all.into_iter().filter_map(poll_of);
    told.max().unwrap_or(DEFAULT_POLL)
}

/// Whether Traefik chooses among the replicas of a service.
pub(crate) fn leads_to_replicas_of(service: &Value) -> bool {
    leads_to(service) && !is_balanced_by_swarm(service)
}

/// Whether Traefik leads to a service.
pub(crate) fn leads_to(service: &Value) -> bool {
    let own = labels(&service["Spec"]["Labels"]);
    let mut labels = own
        .filter(|(key, _)| key.starts_with("traefik."))
        .peekable();
    labels.peek().is_some()
        && !labels
            .any(|(key, value)| key == "traefik.enable" && !value.eq_ignore_ascii_case("true"))
}

/// Whether Traefik sees one address, behind which Swarm spreads connections by itself.
pub(crate) fn is_balanced_by_swarm(service: &Value) -> bool {
    const SWITCHES: [&str; 2] = ["traefik.swarm.lbswarm", "traefik.docker.lbswarm"];
    let mut labels = labels(&service["Spec"]["Labels"]);
    labels
        .any(|(key, value)| SWITCHES.contains(&key.as_str()) && value.eq_ignore_ascii_case("true"))
}

/// Returns labels as Traefik reads them: it does not tell upper and lower case apart.
pub(crate) fn labels(labels: &Value) -> impl Iterator<Item = (String, &str)> {
    let labels = labels.as_object().into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.to_ascii_lowercase(), value.as_str()?)))
}

/// `None`: it is no Traefik that follows a swarm.
fn poll_of(service: &Value) -> Option<HumanDuration> {
    const PROVIDER: &str = "providers.swarm";
    let mut options = options(service).peekable();
    let mut is_traefik = false;
    let mut poll = None;
    while let Some(option) = options.next() {
        let (key, value) = match option.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (option.as_str(), options.peek().map(String::as_str)),
        };
        let Some(key) = key.strip_prefix(PROVIDER) else {
            continue;
        };
        is_traefik = true;
        if key == ".refreshseconds" {
            poll = value.and_then(read);
        }
    }
    is_traefik.then(|| poll.unwrap_or(DEFAULT_POLL))
}

/// Returns the options of a service's program as options of Traefik without their dashes: its
/// arguments, and variables such as `TRAEFIK_PROVIDERS_SWARM=true`. All of it is in lower case.
fn options(service: &Value) -> impl Iterator<Item = String> {
    fn words(list: &Value) -> impl Iterator<Item = &str> {
        let words = list.as_array().into_iter().flatten();
        words.filter_map(Value::as_str)
    }
    let container = &service["Spec"]["TaskTemplate"]["ContainerSpec"];
    let arguments = words(&container["Command"]).chain(words(&container["Args"]));
    let arguments = arguments.map(|it| it.trim_start_matches('-').to_owned());
    let variables = words(&container["Env"]).filter_map(|it| {
        let (name, value) = it.split_once('=')?;
        let name = name.strip_prefix("TRAEFIK_")?.replace('_', ".");
        Some(format!("{name}={value}"))
    });
    arguments
        .chain(variables)
        .map(|option| option.to_ascii_lowercase())
}

/// Reads a length of time as Traefik does: a number is of seconds.
fn read(value: &str) -> Option<HumanDuration> {
    let seconds = value.parse().map(HumanDuration::from_secs);
    seconds.or_else(|_| value.parse()).ok()
}
