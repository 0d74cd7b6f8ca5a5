//! The real executable in a folder of its own, with nothing of this process's environment but what a test gives it.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub struct Program {
    pub dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

/// What one call of the program answered.
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Program {
    /// With a fresh key and the fleet's starter migrations.
    pub fn new() -> Self {
        let program = Self::bare();
        let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/tenant");
        std::fs::create_dir_all(program.migrations()).unwrap();
        for file in std::fs::read_dir(starter).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), program.migrations().join(file.file_name())).unwrap();
        }
        program.with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF")
    }

    /// Nothing at all.
    pub fn bare() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn migrations(&self) -> PathBuf {
        self.dir.path().join("migrations/tenant")
    }

    /// A file of the fleet's migrations.
    pub fn migration(&self, file: &str, text: &str) {
        std::fs::create_dir_all(self.migrations()).unwrap();
        std::fs::write(self.migrations().join(file), text).unwrap();
    }

    fn command(&self, line: &str, env: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo"));
        command.args(line.split_whitespace()).current_dir(self.dir.path()).env_clear();
        for name in ["PATH", "HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value))).envs(env.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// `neo <line>`; words are split at blanks.
    pub fn run(&self, line: &str) -> Answer {
        self.run_with(line, &[], "")
    }

    pub fn run_with(&self, line: &str, env: &[(&str, &str)], stdin: &str) -> Answer {
        let mut child = self.command(line, env).spawn().unwrap();
        // A program that wants no input may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Answer {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The same, left running.
    pub fn start(&self, line: &str) -> Child {
        self.command(line, &[]).spawn().unwrap()
    }

    /// The same in the background, with more in its environment; what it says goes to a file.
    pub fn start_logged(&self, line: &str, env: &[(&str, &str)], log: File) -> Child {
        self.command(line, env).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// The JSON that `neo <line> --json` answers; it has to succeed.
    pub fn json(&self, line: &str) -> Value {
        self.run(&format!("{line} --json")).expect(0).json()
    }
}

impl Answer {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }

    /// The one JSON object on standard error.
    #[track_caller]
    pub fn error(&self) -> Value {
        let value: Value = serde_json::from_str(&self.err).unwrap_or_else(|e| panic!("{e}: {}", self.err));
        value["error"].clone()
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "no {text:?} in\nstdout:\n{}\nstderr:\n{}",
            self.out,
            self.err
        );
        self
    }
}
