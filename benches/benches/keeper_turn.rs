//! The part `keeper_turn` of `cargo run --release -p sealjar-benches`, for `cargo bench`.

fn main() -> Result<std::process::ExitCode, String> {
    let mut arguments: Vec<_> = std::env::args().skip(1).collect();
    arguments.push("keeper_turn".into());
    sealjar_benches::run(arguments)
}
