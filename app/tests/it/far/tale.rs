//! One story of servers, tenants, their users and people, told by a command line beside the database and by one that asks a
//! console: what is printed and how each command ends are the same.

mod making;
mod people;
mod tenants;

use serde_json::Value;

use super::transcript::told;
use super::{Console, token};
use crate::program::{Answer, Program};

/// What was said, command by command.
struct Tale {
    /// Where the fleet is.
    home: Program,
    /// From afar, where it is told so.
    afar: Option<(Console, Program)>,
    said: Vec<String>,
}

impl Tale {
    fn begin(from_afar: bool) -> Self {
        let home = Program::new().with("QUARANTINE_AFTER", "0");
        let afar = from_afar.then(|| {
            let token = token(&home, "story --role superadmin --allow-destructive --connect");
            let console = Console::of(&home);
            let program = console.afar(&token);
            (console, program)
        });
        Self { home, afar, said: Vec::new() }
    }

    fn program(&self) -> &Program {
        self.afar.as_ref().map_or(&self.home, |(_, program)| program)
    }

    /// A path where the fleet is.
    fn place(&self, name: &str) -> String {
        self.home.dir.path().join(name).display().to_string()
    }

    /// A file beside whoever asks.
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.program().dir.path().join(name), text).unwrap();
    }

    #[track_caller]
    fn run(&mut self, line: &str, code: i32) -> Answer {
        self.run_with(line, &[], code)
    }

    #[track_caller]
    fn run_with(&mut self, line: &str, env: &[(&str, &str)], code: i32) -> Answer {
        let answer = self.program().run_with(line, env, "");
        assert_eq!(answer.code, code, "neo {line}\nstdout:\n{}\nstderr:\n{}", answer.out, answer.err);
        let home = self.home.dir.path().display().to_string();
        let at_home = |text: &str| text.replace(&home, "HOME");
        let placed = Answer { code, out: at_home(&answer.out), err: at_home(&answer.err) };
        self.said.push(told(&at_home(line), &placed));
        answer
    }

    #[track_caller]
    fn json(&mut self, line: &str) -> Value {
        self.run(&format!("{line} --json"), 0).json()
    }
}

fn tell(from_afar: bool) -> Vec<String> {
    let mut tale = Tale::begin(from_afar);
    tenants::servers(&mut tale);
    tenants::tenants(&mut tale);
    tenants::acts(&mut tale);
    people::users(&mut tale);
    making::failures(&mut tale);
    making::many(&mut tale);
    making::adoption(&mut tale);
    making::endings(&mut tale);
    people::people(&mut tale);
    tale.said
}

#[test]
fn of_tenants_users_and_servers_the_same_is_said_from_afar() {
    let (near, far) = (tell(false), tell(true));
    assert_eq!(near.len(), far.len());
    for (near, far) in near.iter().zip(&far) {
        assert_eq!(near, far);
    }
}
