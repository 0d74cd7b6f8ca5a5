//! The one executable: the console and every command of the platform.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Err(code) = environment() {
        return code.into();
    }
    ExitCode::from(match neo::cli::parse(std::env::args_os()) {
        Ok(cli) => neo::cli::run(cli, neo_app::server::serve),
        Err(code) => code,
    })
}

/// A `.env` in the working directory, where there is one; what is set already wins.
fn environment() -> Result<(), u8> {
    match dotenvy::from_path(".env") {
        Err(e) if !e.not_found() => {
            eprintln!(
                "error: .env cannot be read\n  cause: {e}\n  hint: one NAME=value a line, values with spaces in quotes"
            );
            Err(2)
        }
        _ => Ok(()),
    }
}
