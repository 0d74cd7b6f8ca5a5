//! A row as a line of an export, and back: NDJSON or CSV. Both say the same text, and the hash of a row covers that text and the hash
//! before it, so a row has one hash whichever way it is written.

use neo_model::{AuditFormat, is_seen, legible};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::store::Link;
use crate::clock::rfc3339;

/// What the hashes and the signature begin with: another form will have another name.
pub(super) const FORM: &str = "neo-audit-1";

const COLUMNS: [&str; 11] =
    ["seq", "at", "actor", "door", "address", "action", "subject", "outcome", "request_id", "body", "hash"];
/// In the place of a number: the last line of a CSV.
const HEAD: &str = "head";

/// A row as it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub seq: i64,
    at: String,
    actor: String,
    door: String,
    address: Option<String>,
    action: String,
    subject: String,
    outcome: String,
    request_id: String,
    /// JSON on one line.
    body: String,
}

/// What a line of an export says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Row {
        seq: i64,
        /// What the hash covers.
        text: String,
        hash: String,
    },
    Head {
        text: String,
        signature: String,
    },
}

impl Record {
    pub fn of(link: &Link) -> Self {
        let is_json = serde_json::from_str::<IgnoredAny>(&link.body).is_ok() && !link.body.contains(char::is_control);
        Self {
            seq: link.seq,
            at: rfc3339(link.at),
            actor: link.actor.clone(),
            door: link.door.clone(),
            address: link.address.clone().filter(|address| !address.is_empty()),
            action: link.action.clone(),
            subject: link.subject.clone(),
            outcome: link.outcome.clone(),
            request_id: link.request_id.clone(),
            // Whoever has changed it has perhaps left no JSON.
            body: if is_json { legible(link.body.clone()) } else { json(&link.body) },
        }
    }

    /// JSON with sorted keys, in which every character is seen.
    pub fn text(&self) -> String {
        let address = self.address.as_deref().map_or_else(|| "null".to_owned(), json);
        format!(
            r#"{{"action":{},"actor":{},"address":{address},"at":{},"body":{},"door":{},"outcome":{},"request_id":{},"seq":{},"subject":{}}}"#,
            json(&self.action),
            json(&self.actor),
            json(&self.at),
            self.body,
            json(&self.door),
            json(&self.outcome),
            json(&self.request_id),
            self.seq,
            json(&self.subject),
        )
    }

    /// Without its end of line.
    pub fn line(&self, format: AuditFormat, text: &str, hash: &str) -> String {
        match format {
            AuditFormat::Ndjson => format!(r#"{},"hash":"{hash}"}}"#, text.strip_suffix('}').unwrap_or(text)),
            AuditFormat::Csv => csv_line(&[
                &self.seq.to_string(),
                &self.at,
                &self.actor,
                &self.door,
                self.address.as_deref().unwrap_or_default(),
                &self.action,
                &self.subject,
                &self.outcome,
                &self.request_id,
                &self.body,
                hash,
            ]),
        }
    }
}

/// The hash of a row after the one with the hash `previous`; the first has the empty one before it.
pub(super) fn hash(previous: &str, text: &str) -> String {
    let mut hash = Sha256::new();
    for part in [FORM, "\n", previous, "\n", text] {
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// What stands before the rows.
pub(super) fn first_line(format: AuditFormat) -> Option<String> {
    match format {
        AuditFormat::Ndjson => None,
        AuditFormat::Csv => Some(COLUMNS.join(",")),
    }
}

/// What stands after them.
pub(super) fn last_line(format: AuditFormat, text: &str, signature: &str) -> String {
    match format {
        AuditFormat::Ndjson => format!(r#"{{"head":{text},"signature":"{signature}"}}"#),
        AuditFormat::Csv => csv_line(&[HEAD, "", "", "", "", "", "", "", "", text, signature]),
    }
}

/// How the file that begins with this line is written.
pub(super) fn format_of(line: &str) -> AuditFormat {
    match first_line(AuditFormat::Csv).is_some_and(|first| first == line) {
        true => AuditFormat::Csv,
        false => AuditFormat::Ndjson,
    }
}

/// None where it is not as we would have written it, to the byte.
pub(super) fn read(format: AuditFormat, line: &str) -> Option<Line> {
    match format {
        AuditFormat::Ndjson => read_json(line),
        AuditFormat::Csv => read_csv(line),
    }
}

fn read_json(line: &str) -> Option<Line> {
    #[derive(Deserialize)]
    struct Numbered {
        seq: i64,
    }
    let inner = line.strip_suffix("\"}")?;
    if let Some(rest) = inner.strip_prefix(r#"{"head":"#) {
        let (text, signature) = rest.rsplit_once(r#","signature":""#)?;
        return Some(Line::Head { text: text.to_owned(), signature: signature.to_owned() });
    }
    let (row, hash) = inner.rsplit_once(r#","hash":""#)?;
    let text = format!("{row}}}");
    let Numbered { seq } = serde_json::from_str(&text).ok()?;
    Some(Line::Row { seq, text, hash: hash.to_owned() })
}

fn read_csv(line: &str) -> Option<Line> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
    let found = reader.records().next()?.ok()?;
    let cells: Vec<String> = found.iter().map(said).collect::<Option<_>>()?;
    let [seq, at, actor, door, address, action, subject, outcome, request_id, body, hash]: [String; 11] =
        cells.try_into().ok()?;
    if seq == HEAD {
        return (last_line(AuditFormat::Csv, &body, &hash) == line)
            .then_some(Line::Head { text: body, signature: hash });
    }
    let address = Some(address).filter(|address| !address.is_empty());
    let seq = seq.parse().ok()?;
    let row = Record { seq, at, actor, door, address, action, subject, outcome, request_id, body };
    let text = row.text();
    (row.line(AuditFormat::Csv, &text, &hash) == line).then_some(Line::Row { seq, text, hash })
}

/// A record of CSV on one line, of which no cell is a formula.
pub(crate) fn csv_line(cells: &[&str]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    // Into memory, and text in is text out.
    let _ = writer.write_record(cells.iter().map(|text| cell(text)));
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default().trim_end_matches('\n').to_owned()
}

/// A text that holds what is not seen (a line's end, a turn of direction) is written as JSON writes it; and what a spreadsheet would
/// work out, or what looks like one of these two, stands behind an apostrophe.
fn cell(text: &str) -> String {
    let text = if is_seen(text) && !text.starts_with('"') { text.to_owned() } else { json(text) };
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\'' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text,
    }
}

fn said(cell: &str) -> Option<String> {
    let text = cell.strip_prefix('\'').unwrap_or(cell);
    if text.starts_with('"') { serde_json::from_str(text).ok() } else { Some(text.to_owned()) }
}

fn json(text: &str) -> String {
    legible(serde_json::Value::from(text).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(subject: &str, body: &str) -> Link {
        Link {
            seq: 7,
            at: 1_795_356_131_104,
            actor: "ada@example.com".into(),
            door: "browser".into(),
            address: None,
            action: "tenant.rename".into(),
            subject: subject.into(),
            outcome: "succeeded".into(),
            request_id: "r".into(),
            body: body.into(),
            kid: "k".into(),
        }
    }

    #[test]
    fn a_row_has_one_text_however_it_is_written_and_reads_as_it_was() {
        let subjects = [
            "plain",
            "",
            "=1+1",
            "+1",
            "-1",
            "@x",
            "'=1",
            "''",
            "\"",
            "\"quoted\"",
            "'\"x",
            "a,b",
            "a\nb\r\tc",
            "\u{202e}evil",
            "＝1",
            "back\\slash",
            "ünï 👩\u{200d}💻",
            "\u{1b}[2J",
            ",",
            "head",
        ];
        for subject in subjects {
            for body in ["{}", r#"{"a":"=1","b":[1,null]}"#, "no json", "-5", "{\n}", "\"\u{202e}\"", ""] {
                let row = Record::of(&link(subject, body));
                let text = row.text();
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(value["subject"], subject);
                assert!(is_seen(&text), "{text:?}");
                let chained = hash("", &text);
                for format in AuditFormat::ALL {
                    let line = row.line(format, &text, &chained);
                    assert!(is_seen(&line), "{line:?}");
                    let expected = Line::Row { seq: 7, text: text.clone(), hash: chained.clone() };
                    assert_eq!(read(format, &line), Some(expected), "{line}");
                }
            }
        }
    }

    #[test]
    fn no_cell_of_a_csv_is_a_formula() {
        for subject in ["=cmd()", "+1", "-1", "@sum", "'=1", "\t=1", "\r=1", "\n=1"] {
            let row = Record::of(&link(subject, "-1"));
            let line = row.line(AuditFormat::Csv, &row.text(), "0");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let cells = reader.records().next().unwrap().unwrap();
            assert_eq!(cells.len(), COLUMNS.len());
            assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])), "{line}");
        }
    }

    #[test]
    fn what_we_would_have_written_otherwise_is_no_line() {
        let row = Record::of(&link("a", "{}"));
        let line = row.line(AuditFormat::Csv, &row.text(), "0");
        for other in [
            line.replace(",a,", ",\"a\","),
            line.replace("7,", "07,"),
            line.replace(",a,", ",'a,"),
            format!("{line},"),
            format!("{line}\r"),
        ] {
            assert_ne!(other, line);
            assert_eq!(read(AuditFormat::Csv, &other), None, "{other}");
        }
        assert_eq!(read(AuditFormat::Ndjson, &line), None);
    }
}
