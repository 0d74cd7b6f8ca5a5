//! The command line from afar: `NEO_URL` and `NEO_TOKEN` in the place of a key, a database and a folder of migrations.

mod broken;
mod doctor;
mod pipeline;
mod rights;
mod settings;
mod story;
mod tale;
mod transcript;

use std::fs::File;
use std::net::TcpStream;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::program::Program;
use crate::support;

/// A console that is served beside a program's own files, and can be killed and started again.
pub struct Console {
    serve: Child,
    pub port: u16,
}

impl Console {
    pub fn of(program: &Program) -> Self {
        let port = support::free_port();
        Self { serve: serve(program, port), port }
    }

    /// As a machine ends that loses its power.
    pub fn kill(&mut self) {
        self.serve.kill().unwrap();
        self.serve.wait().unwrap();
    }

    pub fn again(&mut self, program: &Program) {
        self.serve = serve(program, self.port);
    }

    /// A command line that has nothing but the way here: an empty folder, an address and a token.
    pub fn afar(&self, token: &str) -> Program {
        let url = format!("http://central.localhost:{}", self.port);
        Program::bare().with("NEO_URL", &url).with("NEO_TOKEN", token)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.serve.kill();
        let _ = self.serve.wait();
    }
}

fn serve(program: &Program, port: u16) -> Child {
    let log = File::options().create(true).append(true).open(program.dir.path().join("serve.log")).unwrap();
    let serve = program.start_logged(&format!("serve --listen 127.0.0.1:{port}"), &[], log);
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(since.elapsed() < Duration::from_secs(60), "the console does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    serve
}

/// A token for the program's console: its name, and what it may.
pub fn token(program: &Program, what: &str) -> String {
    program.run(&format!("token create {what}")).expect(0).out.trim().to_owned()
}
