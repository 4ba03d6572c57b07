//! nginx with `proxy_cache`, configured to ignore `Set-Cookie`: otherwise it caches no page that
//! has one.

use std::net::SocketAddr;
use std::process::Command;

use crate::proxy::{CONFIGURATION, Proxy, is_root};

pub(crate) fn start(app: SocketAddr) -> Proxy {
    Proxy::start(
        "nginx",
        |place, address| {
            let place = place.display();
            let user = if is_root() { "user root;" } else { "" };
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|name| format!("{name}_temp_path {place}/{name};\n"))
                .concat();
            format!(
                "daemon off; master_process off; {user} pid {place}/pid; error_log stderr;\n\
                 events {{}}\n\
                 http {{\n access_log off;\n {temporary}\
                 proxy_cache_path {place}/cache keys_zone=all:1m;\n\
                 server {{\n listen {address};\n location / {{\n proxy_pass http://{app};\n\
                 proxy_cache all;\n proxy_ignore_headers Set-Cookie;\n }}\n }}\n}}\n"
            )
        },
        |place, _| {
            let mut command = Command::new("/usr/sbin/nginx");
            command.arg("-p").arg(place).arg("-e").arg("stderr");
            command.arg("-c").arg(place.join(CONFIGURATION));
            command
        },
    )
}
