//! Varnish, configured to prefer targeted fields to `Cache-Control`, as RFC 9213 says and CDNs do.

use std::net::SocketAddr;
use std::process::Command;

use crate::proxy::{CONFIGURATION, Proxy};

pub(crate) fn start(app: SocketAddr) -> Proxy {
    Proxy::start(
        "varnish",
        |_, _| {
            let backend = format!(".host = \"{}\"; .port = \"{}\";", app.ip(), app.port());
            TARGETED.replace("{backend}", &backend)
        },
        |place, address| {
            let mut command = Command::new("/usr/sbin/varnishd");
            command.args(["-F", "-j", "none", "-s", "malloc,16m", "-T", "none"]);
            command.arg("-a").arg(address.to_string());
            command.arg("-n").arg(place.join("work"));
            command.arg("-f").arg(place.join(CONFIGURATION));
            command
        },
    )
}

const TARGETED: &str = r#"
vcl 4.1;
import std;
backend default { {backend} }
sub vcl_backend_response {
    if (beresp.http.CDN-Cache-Control) {
        set beresp.http.x-policy = beresp.http.CDN-Cache-Control;
    } else {
        set beresp.http.x-policy = beresp.http.Surrogate-Control;
    }
    if (beresp.http.x-policy ~ "(?i)no-store|private") {
        set beresp.uncacheable = true;
        return (deliver);
    }
    if (beresp.http.x-policy ~ "max-age=[0-9]+") {
        set beresp.ttl = std.duration(
            regsub(beresp.http.x-policy, ".*max-age=([0-9]+).*", "\1") + "s", 0s);
        return (deliver);
    }
}
"#;
