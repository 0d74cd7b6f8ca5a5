//! What there is to say of a file as a whole: whether a failure leaves something behind, and whether it holds anything.

use super::Rule;
use super::judge::{Judge, Remark};
use crate::engine::{self, Engine, Statement};

impl Judge<'_> {
    pub(super) fn of_file(&self) -> Vec<Remark> {
        let statements = engine::statements(self.engine, &self.source.sql);
        let mut remarks = Vec::new();
        remarks.extend(self.without_statement());
        let several = statements.len() > 1;
        if self.engine == Engine::Mysql && several && !self.atomic {
            let n = statements.len();
            let message = format!("not atomic on MySQL: should one of the {n} statements fail, those before it stay");
            remarks.push(Remark::new(Rule::NotAtomic, None, message));
        } else if self.source.no_transaction && self.engine != Engine::Mysql {
            let message = "runs outside a transaction: a failure leaves what was done";
            remarks.push(Remark::new(Rule::NoTransaction, Some((1, 1)), message));
            if let [_, second, ..] = pieces(&statements)[..] {
                let message = "a second statement outside a transaction: should it fail, what came before it stays, and a \
                               person has to say how to go on; one statement a file can be repeated";
                remarks.push(Remark::new(Rule::SeveralWithoutTransaction, Some((second.line, second.column)), message));
            }
        }
        remarks
    }

    pub(super) fn without_statement(&self) -> Option<Remark> {
        let is_empty = engine::statements(self.engine, &self.source.sql).is_empty();
        let message =
            "holds no statement, and is refused for that: should it be so, make \"-- neo: empty\" the first line";
        (is_empty && !self.source.empty).then(|| Remark::new(Rule::EmptyFile, None, message))
    }
}

/// What takes effect by itself in a file without a transaction around it: one of the file's own is one piece, a setting none.
fn pieces<'a>(statements: &'a [Statement<'a>]) -> Vec<&'a Statement<'a>> {
    let mut inside = false;
    let mut found = Vec::new();
    for statement in statements {
        let head = statement.sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_lowercase();
        match head.as_str() {
            "begin" | "start" => {
                inside = true;
                found.push(statement);
            }
            "commit" | "end" | "rollback" | "abort" => inside = false,
            "set" | "reset" | "pragma" => {}
            _ if inside => {}
            _ => found.push(statement),
        }
    }
    found
}
