//! The server child of the load table: one application on loopback, one thread, asked over its
//! standard input how much CPU time it has used.

use std::io::{BufRead, Write, stdin, stdout};

use cpu_time::ProcessTime;
use tokio::net::TcpListener;

use super::apps::App;
use super::in_process::runtime;

/// Serves the application of this name until standard input closes.
///
/// Prints the port on the first line, and for each line that comes in the CPU time so far in
/// nanoseconds.
pub(crate) fn serve(word: &str) {
    let app = App::ALL.into_iter().find(|app| app.word() == word);
    let app = app.expect("the parent names an application");
    std::thread::spawn(|| {
        for _ in stdin().lock().lines().map_while(Result::ok) {
            let used = ProcessTime::now().as_duration().as_nanos();
            println!("{used}");
        }
        std::process::exit(0);
    });
    allocation_counter::opt_out(|| {
        runtime().block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await;
            let listener = listener.expect("a free port on loopback");
            let port = listener.local_addr().map(|address| address.port());
            println!("{}", port.expect("a bound socket has a port"));
            stdout().flush().expect("the parent reads");
            _ = axum::serve(listener, app.router()).await;
        });
    });
}
