//! Debian's Apache with `CacheEnable` and no other cache settings.

use std::net::SocketAddr;
use std::process::Command;

use crate::proxy::{CONFIGURATION, Proxy, is_root};

pub(crate) fn start(app: SocketAddr) -> Proxy {
    Proxy::start(
        "apache",
        |place, address| {
            let place = place.display();
            let modules = [
                "mpm_event",
                "authz_core",
                "cache",
                "cache_disk",
                "proxy",
                "proxy_http",
            ];
            let load = |name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n");
            let modules: String = modules.map(load).concat();
            let user = if is_root() {
                "User www-data\nGroup www-data\n"
            } else {
                ""
            };
            format!(
                "ServerRoot {place}\nDefaultRuntimeDir {place}\nPidFile {place}/pid\n\
                 ServerName localhost\nListen {address}\nErrorLog /dev/stderr\n{modules}{user}\
                 CacheRoot {place}/cache\nCacheEnable disk /\nProxyPass / http://{app}/\n"
            )
        },
        |place, _| {
            let mut command = Command::new("/usr/sbin/apache2");
            command.arg("-X").arg("-f").arg(place.join(CONFIGURATION));
            command
        },
    )
}

const MODULES: &str = "/usr/lib/apache2/modules";
