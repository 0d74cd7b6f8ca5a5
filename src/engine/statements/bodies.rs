//! Semicolons inside the bodies of routines, triggers and events.
//!
//! What opens or closes a block is a word only where a statement of the body begins: `case` and `end` inside an expression,
//! and a column named `end`, do neither.

use super::Engine;

/// Words that open a block where a statement begins, and after whose `END` they stand again (but for `BEGIN`).
const OPENING: [&str; 6] = ["IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR"];
/// Words that a body of a single statement begins with; others before it belong to the routine's head.
const VERBS: [&str; 24] = [
    "ALTER",
    "ANALYZE",
    "CALL",
    "CREATE",
    "DEALLOCATE",
    "DELETE",
    "DO",
    "DROP",
    "EXECUTE",
    "FLUSH",
    "GET",
    "GRANT",
    "INSERT",
    "KILL",
    "PREPARE",
    "REPLACE",
    "RESIGNAL",
    "RETURN",
    "REVOKE",
    "SELECT",
    "SET",
    "SIGNAL",
    "TRUNCATE",
    "UPDATE",
];

/// Whether a statement that begins with this word, before that one, is a block outside a routine (MariaDB).
pub(super) fn opens(word: &str, next: &str) -> bool {
    match word {
        "BEGIN" => next == "NOT",
        // A label.
        _ if next == ":" => true,
        _ => OPENING.contains(&word),
    }
}

/// Whether there may be a body in this text, of which no semicolon ends a statement.
pub(super) fn may_hold(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.any(|word| matches!(word, "TRIGGER" | "PROCEDURE" | "FUNCTION" | "EVENT" | "PACKAGE" | "BEGIN"))
}

/// What is known of the body that is being read.
pub(super) struct Body {
    engine: Engine,
    noun: String,
    /// The head is over: a statement may begin.
    is_ready: bool,
    /// A statement begins with the next word.
    at_start: bool,
    /// The words before the first statement of a body: of the routine's head.
    in_head: bool,
    blocks: Vec<String>,
    /// Open `CASE`s of an expression.
    cases: usize,
    /// In a `DECLARE … HANDLER`, whose statement begins with no sign.
    in_handler: bool,
    /// The word before, and whether it stood where a statement begins: it may be a label.
    last: String,
    was_start: bool,
}

impl Body {
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            noun: String::new(),
            is_ready: false,
            at_start: false,
            in_head: false,
            blocks: Vec::new(),
            cases: 0,
            in_handler: false,
            last: String::new(),
            was_start: false,
        }
    }

    /// Whether a semicolon here is one of the body's.
    pub fn is_open(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// The statement turns out to have a body: with this noun, or to be one.
    pub fn begin(&mut self, word: &str) {
        word.clone_into(&mut self.noun);
        if !matches!(word, "TRIGGER" | "PROCEDURE" | "FUNCTION" | "EVENT") {
            (self.is_ready, self.at_start) = (true, true);
        }
    }

    pub fn semicolon(&mut self) {
        (self.at_start, self.in_head, self.in_handler, self.cases) = (true, false, false, 0);
        self.last.clear();
    }

    /// A sign outside quotes, and how many parentheses are open after it.
    pub fn sign(&mut self, sign: u8, parens: usize) {
        match sign {
            b')' if parens == 0 && !self.is_ready && matches!(self.noun.as_str(), "PROCEDURE" | "FUNCTION") => {
                self.head_ends()
            }
            // A label's statement begins behind its colon.
            b':' if self.was_start => self.at_start = true,
            b'.' | b'@' => {}
            _ if self.in_head => {}
            _ => self.at_start = false,
        }
        self.was_start = false;
        self.last = char::from(sign).to_string();
    }

    /// Reads one word, knowing the next; true when that one belongs to it and is to be skipped.
    pub fn word(&mut self, word: &str, next: &str) -> bool {
        // `new.end`, `@end`.
        let is_name = matches!(self.last.as_str(), "." | "@");
        let last = std::mem::replace(&mut self.last, word.to_owned());
        if self.engine == Engine::Postgres {
            return self.standard(word, &last, is_name);
        }
        if is_name {
            (self.was_start, self.at_start) = (false, self.in_head && self.at_start);
            return false;
        }
        if !self.is_ready {
            match (self.noun.as_str(), word) {
                ("TRIGGER", "ROW") if last == "EACH" => self.head_ends(),
                ("EVENT", "DO") => self.head_ends(),
                _ => {}
            }
            return false;
        }
        let starts = std::mem::take(&mut self.at_start);
        self.was_start = starts;
        // `declare … handler for …`
        let opening = OPENING.contains(&word) && last != "HANDLER";
        match word {
            "BEGIN" if starts || self.in_handler => self.open(word, true),
            "NOT" | "ATOMIC" if last == "BEGIN" || (last == "NOT" && word == "ATOMIC") => self.at_start = true,
            _ if opening && (starts || self.in_handler) => self.open(word, matches!(word, "LOOP" | "REPEAT")),
            "END" if starts || (next == "REPEAT" && self.blocks.last().is_some_and(|b| b == "REPEAT")) => {
                self.blocks.pop();
                return OPENING.contains(&next);
            }
            "END" => self.cases = self.cases.saturating_sub(1),
            "CASE" => self.cases += 1,
            "THEN" | "ELSE" if self.cases == 0 && !self.in_head => self.at_start = true,
            "DO" if self.cases == 0 && self.blocks.last().is_some_and(|b| b == "WHILE" || b == "FOR") => {
                self.at_start = true
            }
            "HANDLER" => self.in_handler = true,
            _ if self.in_head && !VERBS.contains(&word) => self.at_start = true,
            _ => {}
        }
        self.in_head &= self.at_start;
        false
    }

    fn head_ends(&mut self) {
        (self.is_ready, self.at_start, self.in_head) = (true, true, true);
    }

    fn open(&mut self, word: &str, at_start: bool) {
        self.blocks.push(word.to_owned());
        (self.at_start, self.in_head, self.in_handler) = (at_start, false, false);
    }

    /// PostgreSQL has unquoted bodies of the standard's kind alone: `BEGIN ATOMIC … END`.
    fn standard(&mut self, word: &str, last: &str, is_name: bool) -> bool {
        let starts = std::mem::take(&mut self.at_start);
        match word {
            "ATOMIC" if last == "BEGIN" => {
                self.blocks.push(word.to_owned());
                self.at_start = true;
            }
            "END" if starts && !is_name => {
                self.blocks.pop();
            }
            _ => {}
        }
        false
    }
}
