//! What only the words of a table say: how a column is sorted, that a number is never used again, when a foreign key is looked at,
//! what is done about a conflict.

use crate::engine::Engine;
use crate::engine::schema::words::{is_word, one_line, quoted};

/// A line for each column and each constraint of a table whose words say something of this kind. What holds anyway is left out.
pub(super) fn clauses(table: &str, sql: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for part in parts(sql) {
        let words = words(part);
        let said = said(&words);
        if said.is_empty() {
            continue;
        }
        let is_constraint = ["constraint", "primary", "unique", "check", "foreign"];
        lines.push(match words.first() {
            Some(first) if !is_constraint.contains(&first.to_ascii_lowercase().as_str()) => {
                format!("column {table}.{} says {said}", first.trim_matches(['"', '`', '[', ']']))
            }
            _ => format!("constraint on {table} {}", one_line(part)),
        });
    }
    lines
}

fn said(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let mut said = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let next = |n: usize| words.get(at + n).map_or("", String::as_str);
        match word.as_str() {
            "collate" if next(1) != "binary" => said.push(format!("collate {}", next(1))),
            "autoincrement" => said.push(word.clone()),
            "deferrable" if next(1) == "initially" && next(2) == "deferred" => {
                let is_not = at > 0 && words[at - 1] == "not";
                said.extend((!is_not).then(|| "initially deferred".to_owned()));
            }
            "on" if next(1) == "conflict" && next(2) != "abort" => said.push(format!("on conflict {}", next(2))),
            _ => {}
        }
    }
    said.join(" ")
}

/// What stands between the commas of a table's outer parenthesis.
fn parts(sql: &str) -> Vec<&str> {
    let (bytes, mut found, mut depth, mut begins, mut at) = (sql.as_bytes(), Vec::new(), 0, 0, 0);
    while at < bytes.len() {
        if let Some(end) = quoted(Engine::Sqlite, bytes, at) {
            at = end;
            continue;
        }
        match bytes[at] {
            b'(' => {
                depth += 1;
                if depth == 1 {
                    begins = at + 1;
                }
            }
            b',' if depth == 1 => {
                found.push(&sql[begins..at]);
                begins = at + 1;
            }
            b')' => {
                depth -= 1;
                if depth == 0 {
                    found.push(&sql[begins..at]);
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The words and names outside parentheses.
fn words(part: &str) -> Vec<&str> {
    let (bytes, mut found, mut depth, mut at) = (part.as_bytes(), Vec::new(), 0, 0);
    while at < bytes.len() {
        let end = match quoted(Engine::Sqlite, bytes, at) {
            Some(end) => end,
            None if is_word(bytes[at]) => (at..bytes.len()).find(|i| !is_word(bytes[*i])).unwrap_or(bytes.len()),
            None => {
                match bytes[at] {
                    b'(' => depth += 1,
                    b')' => depth -= 1,
                    _ => {}
                }
                at += 1;
                continue;
            }
        };
        if depth == 0 {
            found.push(&part[at..end]);
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::clauses;

    #[test]
    fn what_only_words_say_is_told_and_what_holds_anyway_is_not() {
        let sql = "create table t (id integer primary key autoincrement, \"odd, (name\" text COLLATE NoCase not null, \
                   c text collate binary default 'collate nocase' check (c = 'x' collate nocase), \
                   p int references p (id) on delete cascade deferrable initially deferred, \
                   q int references p (id) not deferrable initially deferred, r int references p (id) deferrable, \
                   unique (c, p) on conflict replace, unique (q) on conflict abort, \
                   foreign key (r) references p (id) deferrable initially deferred)";
        assert_eq!(
            clauses("t", sql),
            [
                "column t.id says autoincrement",
                "column t.odd, (name says collate nocase",
                "column t.p says initially deferred",
                "constraint on t unique (c, p) on conflict replace",
                "constraint on t foreign key (r) references p (id) deferrable initially deferred",
            ]
        );
    }
}
