//! Everything that is printed: data to standard output, the rest to standard error, readable without colour.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use comfy_table::{ContentArrangement, Table, presets};
use neo_model::legible;
use owo_colors::{OwoColorize, Style};
use serde::Serialize;

use crate::clock::rfc3339;
use crate::config::variable;
use crate::error::{Advice, Error, Kind, Result, printable};
use crate::tenants::Quarantine;

/// How results are written.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// How results are written: for people, tab separated, one JSON document, or one JSON object a line.
    #[arg(long, value_parser = Form::of(&Form::EVERYWHERE), global = true, value_name = "FORMAT")]
    format: Option<Form>,

    /// Short for --format json.
    #[arg(long, global = true, conflicts_with = "format")]
    json: bool,

    /// No colour, even on a terminal. NO_COLOR and TERM=dumb say the same.
    #[arg(long, global = true)]
    no_color: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    #[default]
    Table,
    Plain,
    Json,
    Ndjson,
}

/// What `--format` may say: these four everywhere, the others where a command has an argument `format` of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Table,
    Plain,
    Json,
    Ndjson,
    Text,
    Markdown,
    Github,
    Gitlab,
    Sarif,
    Url,
    Env,
    Csv,
}

impl Form {
    pub const EVERYWHERE: [Form; 4] = [Form::Table, Form::Plain, Form::Json, Form::Ndjson];

    /// Reads one of these; clap says which there are.
    pub fn of(forms: &'static [Form]) -> impl TypedValueParser<Value = Form> {
        let names = forms.iter().filter_map(ValueEnum::to_possible_value);
        PossibleValuesParser::new(names).map(|name| Form::from_str(&name, false).unwrap_or(Form::Table))
    }

    /// How everything else that a command says is written beside it.
    fn format(self) -> Format {
        match self {
            Form::Plain => Format::Plain,
            Form::Json => Format::Json,
            Form::Ndjson => Format::Ndjson,
            Form::Table
            | Form::Text
            | Form::Markdown
            | Form::Github
            | Form::Gitlab
            | Form::Sarif
            | Form::Url
            | Form::Env
            | Form::Csv => Format::Table,
        }
    }
}

/// Knows where things go and how they may look. A broken pipe is nobody's failure: what cannot be written is dropped.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    pub format: Format,
    colour: bool,
    colour_out: bool,
    /// Lines are messages: the data is something else.
    aside: bool,
}

impl Printer {
    pub fn new(output: &Output) -> Self {
        let wanted =
            !output.no_color && variable("NO_COLOR").is_none() && variable("TERM").is_none_or(|term| term != "dumb");
        Self {
            format: if output.json { Format::Json } else { output.format.map(Form::format).unwrap_or_default() },
            colour: wanted && std::io::stderr().is_terminal(),
            colour_out: wanted && std::io::stdout().is_terminal(),
            aside: false,
        }
    }

    /// For what goes wrong before the arguments are understood: their words decide the form.
    pub fn guess(words: &[String]) -> Self {
        let json = words.iter().enumerate().any(|(i, word)| {
            word == "--json"
                || word == "--format=json"
                || word == "--format=ndjson"
                || (word == "--format" && words.get(i + 1).is_some_and(|next| next == "json" || next == "ndjson"))
        });
        Self::new(&Output { format: None, json, no_color: words.iter().any(|word| word == "--no-color") })
    }

    /// Whether a program reads the output: then nothing but JSON is written, on either stream.
    pub fn is_json(&self) -> bool {
        matches!(self.format, Format::Json | Format::Ndjson)
    }

    /// Whether lines may be redrawn.
    pub fn is_live(&self) -> bool {
        !self.is_json() && std::io::stderr().is_terminal() && variable("TERM").is_none_or(|term| term != "dumb")
    }

    /// A line of data.
    pub fn line(&self, text: impl AsRef<str>) {
        if self.aside {
            return self.say(text);
        }
        let _ = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
    }

    /// What is written as data goes where messages go.
    pub fn aside(self) -> Self {
        Self { aside: true, ..self }
    }

    /// Data as it is.
    pub fn raw(&self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// The same where some of it is worse than none: what cannot be written is a failure.
    pub fn whole(&self, bytes: &[u8]) -> Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(|e| Error::unavailable("not all of it could be written").cause(e.to_string()))
    }

    /// A message: what was done, what comes next. Left out where a program reads.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.is_json() {
            let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
        }
    }

    /// One JSON document, or one object a line.
    pub fn json<T: Serialize>(&self, value: &T) {
        let text = match self.format {
            Format::Ndjson => serde_json::to_string(value),
            _ => serde_json::to_string_pretty(value),
        };
        self.line(legible(text.unwrap_or_default()));
    }

    /// Many of a kind.
    pub fn list<T: Serialize>(&self, items: &[T], head: &[&str], row: impl Fn(&T) -> Vec<String>) {
        match self.format {
            Format::Json => self.json(&items),
            Format::Ndjson => items.iter().for_each(|item| self.json(item)),
            Format::Plain => items.iter().for_each(|item| self.line(tabbed(&row(item)))),
            Format::Table => self.table(head, items.iter().map(row).collect()),
        }
    }

    /// One thing, as names and values.
    pub fn one<T: Serialize>(&self, item: &T, fields: &[(&str, String)]) {
        match self.format {
            Format::Json | Format::Ndjson => self.json(item),
            Format::Plain => {
                for (name, value) in fields {
                    self.line(tabbed(&[(*name).to_owned(), value.clone()]));
                }
            }
            Format::Table => {
                let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
                for (name, value) in fields {
                    self.line(format!("{}  {}", self.dim(&format!("{name:<width$}")), printable(value)).trim_end());
                }
            }
        }
    }

    /// A table without rows says nothing: the caller does.
    pub fn table(&self, head: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(head.iter().map(|title| title.to_uppercase()));
        for row in rows {
            table.add_row(row.iter().map(|cell| printable(cell)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        for (i, line) in table.to_string().lines().enumerate() {
            let line = line.trim_end();
            self.line(if i == 0 { self.dim(line) } else { line.to_owned() });
        }
    }

    /// What went wrong, why, and what next.
    pub fn error(&self, error: &Error) {
        if self.is_json() {
            let body = serde_json::json!({ "error": error_body(error) });
            let _ = writeln!(std::io::stderr().lock(), "{}", legible(body.to_string()));
            return;
        }
        let mut text = format!("{} {}", self.red("error:"), printable(&error.message));
        if let Some(cause) = cause(error) {
            text.push_str(&format!("\n  cause: {}", lines(&cause)));
        }
        if !error.nearest.is_empty() {
            text.push_str(&format!("\n  nearest: {}", printable(&error.nearest.join(", "))));
        }
        if let Some(hint) = &error.hint {
            text.push_str(&format!("\n  {} {}", self.dim("hint:"), lines(&hint.command())));
        }
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    pub fn red(&self, text: &str) -> String {
        self.paint(text, self.colour, Style::new().red().bold())
    }
    pub fn green(&self, text: &str) -> String {
        self.paint(text, self.colour, Style::new().green())
    }
    /// For data: headings and names.
    fn dim(&self, text: &str) -> String {
        self.paint(text, self.colour_out && self.colour, Style::new().dimmed())
    }
    fn paint(&self, text: &str, colour: bool, style: Style) -> String {
        if colour { text.style(style).to_string() } else { text.to_owned() }
    }
}

/// At the machine, the person and the log are one: the causes behind an unforeseen failure are shown.
fn cause(error: &Error) -> Option<String> {
    match error.kind {
        Kind::Internal => Some(error.log_text()),
        _ => error.cause.clone(),
    }
}

/// An error for programs.
pub fn error_body(error: &Error) -> serde_json::Value {
    let mut body = serde_json::json!({
        "code": error.kind.code(),
        "message": error.message,
        "cause": cause(error),
        "hint": error.hint.as_ref().map(Advice::command),
    });
    if let Some(request) = error.request {
        body["request"] = serde_json::json!(request);
    }
    if !error.nearest.is_empty() {
        body["nearest"] = serde_json::json!(error.nearest);
    }
    if let Some(field) = error.field {
        body["field"] = serde_json::json!(field);
    }
    body
}

/// Our own texts may span lines; what a database says may not move the cursor otherwise.
fn lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n    ")
}

fn tabbed(cells: &[String]) -> String {
    cells.iter().map(|cell| printable(cell)).collect::<Vec<_>>().join("\t")
}

/// Nothing is shown as a dash to people.
pub fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| v.to_string())
}

/// `9812` as `9,812`.
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    format!("{}{}", if n < 0 { "-" } else { "" }, groups.join(","))
}

/// `1 tenant`, `3 tenants`.
pub fn count(n: i64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// Why a tenant is left out, whose that is, and until when.
pub fn left_out(quarantine: &Quarantine) -> String {
    let Quarantine { until, owner, reason, .. } = quarantine;
    format!("until {}, {}: {}", rfc3339(*until), printable(owner), printable(reason))
}

/// The link alone, where it can be piped on; or all that there is to it.
pub fn link(printer: Printer, (url, email, until): (&str, &str, i64), whole: &impl Serialize) {
    let until = rfc3339(until);
    printer.say(format!("{} chooses a password there, once, until {until}; it is not shown again.", printable(email)));
    match printer.is_json() {
        true => printer.json(whole),
        false => printer.line(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!([0, 999, 9812, -1_234_567].map(number), ["0", "999", "9,812", "-1,234,567"]);
        assert_eq!([count(1, "tenant"), count(2, "tenant")], ["1 tenant", "2 tenants"]);
    }

    #[test]
    fn a_mistyped_command_still_answers_in_json() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(Printer::guess(&words("neo tenant lst --json")).is_json());
        assert!(Printer::guess(&words("neo --format ndjson nothing")).is_json());
        assert!(!Printer::guess(&words("neo --format plain json")).is_json());
    }

    #[test]
    fn a_cell_cannot_drive_the_terminal() {
        assert_eq!(tabbed(&["a\tb".into(), "\u{1b}[2J".into()]), "a\\tb\t\\u{1b}[2J");
    }
}
