//! The one executable: the console and every command of the platform.

use std::process::ExitCode;

use neo::cli::Outside;
use neo::config::ENV_FILE;
use neo::error::Error;

/// musl's allocator has one lock for all threads, and is several times as slow.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OUTSIDE: Outside = Outside {
    serve: neo_app::server::serve,
    far: neo_app::far::central,
    web: neo_app::web::web,
    post: neo_app::web::post,
    document: neo_app::openapi,
    trace: neo_app::spans::open,
    measure: neo_app::measures::open,
};

fn main() -> ExitCode {
    // Before anything is read: this process is then a session on a tenant's file, and nothing else.
    if neo::engine::sqlite_session() {
        return ExitCode::SUCCESS;
    }
    if let Err(code) = environment() {
        return code.into();
    }
    ExitCode::from(match neo::cli::parse(std::env::args_os()) {
        Ok(cli) => neo::cli::run(cli, OUTSIDE),
        Err(code) => code,
    })
}

/// A `.env` in the working directory, where there is one; what is set already wins.
fn environment() -> Result<(), u8> {
    match dotenvy::from_path(ENV_FILE) {
        Err(e) if !e.not_found() => {
            let error = Error::config(format!("{ENV_FILE} cannot be read"))
                .cause(why(&e))
                .hint("one NAME=value a line; a value with spaces, # or $ in single quotes");
            neo::cli::say(&error, std::env::args_os());
            Err(2)
        }
        _ => Ok(()),
    }
}

/// Without what stands there: it may be a key or a password.
fn why(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(text, _) => {
            let file = std::fs::read_to_string(ENV_FILE).unwrap_or_default();
            let first = text.lines().next().unwrap_or_default();
            match file.lines().position(|line| line.contains(first)) {
                Some(at) => format!("line {} is not NAME=value", at + 1),
                None => "a line is not NAME=value".to_owned(),
            }
        }
        dotenvy::Error::Io(e) => e.to_string(),
        _ => "a value is no text".to_owned(),
    }
}
