//! Prints what sealing costs. See the package's README.

use std::process::ExitCode;

fn main() -> ExitCode {
    match sealjar_benches::run(std::env::args().skip(1)) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
