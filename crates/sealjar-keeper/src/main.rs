//! The keeper's command line, `sealjar`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
