//! The part `request` of `cargo run --release -p sealjar-benches`, for `cargo bench`.

fn main() -> Result<std::process::ExitCode, String> {
    let mut arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments.first().is_none_or(|first| first != "serve") {
        arguments.push("request".into());
    }
    sealjar_benches::run(arguments)
}
