//! What is changed of a script that `mariadb-dump` or `mysqldump` writes, so that it restores into any database, as anybody.
//!
//! Who defined a view, trigger, routine or event is left out: whoever restores it does, since the login of before may be gone, and
//! only an administrator may name another. And the name of the database is, where the programs write it although it is the one
//! that everything is in: before a sequence in a column's default, before a function in a view, and around what was made while the
//! database had another character set.

use super::block::{BLOCK, BLOCK_END, Block, Mode};

/// How the line begins that says who defined a view, and the one before it.
const VIEW: &[u8] = b"/*!50001 CREATE ALGORITHM=";
const VIEW_DEFINER: &[u8] = b"/*!50013 DEFINER=";
const VIEW_TEXT: &[u8] = b"/*!50001 VIEW ";
/// How the statements begin that make the other things.
const MADE: [&[u8]; 6] = [
    b"/*!50003 CREATE*/ /*!50017 DEFINER=",
    b"/*!50003 CREATE*/ /*!50020 DEFINER=",
    b"/*!50106 CREATE*/ /*!50117 DEFINER=",
    b"CREATE DEFINER=",
    b"CREATE OR REPLACE DEFINER=",
    b"CREATE AGGREGATE DEFINER=",
];

/// Before what is said of the database that a script is of.
const OF_DATABASE: &[u8] = b"ALTER DATABASE ";

enum Place {
    Outside,
    Table,
    Block(Block),
}

pub(super) struct Rewrite {
    /// The database's name in its quotes, with the dot behind.
    qualifier: Vec<u8>,
    place: Place,
    mode: Mode,
    is_view: bool,
}

impl Rewrite {
    pub fn new(database: &str) -> Self {
        let qualifier = format!("`{}`.", database.replace('`', "``")).into_bytes();
        Self { qualifier, place: Place::Outside, mode: Mode::default(), is_view: false }
    }

    /// A line with its end, as it is to be written.
    pub fn line(&mut self, line: &[u8]) -> Vec<u8> {
        let bare = line.trim_ascii_end();
        let was_view = std::mem::replace(&mut self.is_view, false);
        self.mode = Mode::set_by(line).filter(|_| matches!(self.place, Place::Outside)).unwrap_or(self.mode);
        match &mut self.place {
            Place::Block(block) => {
                let begins = block.take(line);
                if begins && bare == BLOCK_END {
                    self.place = Place::Outside;
                } else if begins && line.starts_with(OF_DATABASE) {
                    return of_this_database(line);
                } else if begins && let Some(head) = MADE.iter().find(|head| line.starts_with(head)) {
                    return without_definer(line, head.len() - b"DEFINER=".len());
                }
            }
            Place::Table => {
                if bare.ends_with(b";") {
                    self.place = Place::Outside;
                }
                return self.without_qualifier(line);
            }
            Place::Outside if bare == BLOCK => self.place = Place::Block(Block::new(self.mode)),
            Place::Outside if line.starts_with(b"CREATE TABLE ") => {
                if !bare.ends_with(b";") {
                    self.place = Place::Table;
                }
                return self.without_qualifier(line);
            }
            Place::Outside if was_view && line.starts_with(VIEW_DEFINER) => {
                return without_definer(line, VIEW_DEFINER.len() - b"DEFINER=".len());
            }
            Place::Outside if line.starts_with(OF_DATABASE) => return of_this_database(line),
            Place::Outside if line.starts_with(VIEW_TEXT) => return self.without_qualifier(line),
            Place::Outside => self.is_view = line.starts_with(VIEW),
        }
        line.to_vec()
    }

    /// The line without the database's name before a function, or before the sequence that one is asked for; what stands in a
    /// text is left.
    fn without_qualifier(&self, line: &[u8]) -> Vec<u8> {
        let mut written = Vec::with_capacity(line.len());
        let mut at = 0;
        while at < line.len() {
            if line[at] == b'\'' {
                let end = past_quoted(line, at);
                written.extend_from_slice(&line[at..end]);
                at = end;
            } else if line[at] == b'`' {
                let rest = &line[at..];
                let of_sequence =
                    [&b"nextval("[..], b"lastval(", b"setval("].iter().any(|asked| written.ends_with(asked));
                let named = rest.strip_prefix(&self.qualifier[..]).filter(|named| named.first() == Some(&b'`'));
                let is_function = named.is_some_and(|named| named.get(past_quoted(named, 0)) == Some(&b'('));
                if named.is_some() && (of_sequence || is_function) {
                    at += self.qualifier.len();
                    continue;
                }
                let end = past_quoted(line, at);
                written.extend_from_slice(&line[at..end]);
                at = end;
            } else {
                written.push(line[at]);
                at += 1;
            }
        }
        written
    }
}

/// Says it of the database that a session is in, whichever it is: `ALTER DATABASE CHARACTER SET …`. Another statement stays as it is.
pub(super) fn of_this_database(statement: &[u8]) -> Vec<u8> {
    let named = statement.strip_prefix(OF_DATABASE).filter(|rest| rest.first() == Some(&b'`'));
    match named.map(|rest| &rest[past_quoted(rest, 0)..]) {
        Some(rest) if rest.starts_with(b" CHARACTER SET ") => [OF_DATABASE.trim_ascii_end(), rest].concat(),
        _ => statement.to_vec(),
    }
}

/// Without the `DEFINER=…` that begins here, and the blank behind it.
fn without_definer(line: &[u8], at: usize) -> Vec<u8> {
    let mut end = at + b"DEFINER=".len();
    end = past_name(line, end);
    if line.get(end) == Some(&b'@') {
        end = past_name(line, end + 1);
    }
    if line.get(end) == Some(&b' ') {
        end += 1;
    }
    [&line[..at], &line[end..]].concat()
}

fn past_name(line: &[u8], at: usize) -> usize {
    match line.get(at) {
        // Of who works with ANSI_QUOTES names are in the others.
        Some(b'`' | b'"') => past_quoted(line, at),
        _ => {
            at + line[at.min(line.len())..]
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                .count()
        }
    }
}

/// Behind the quote that begins here; one that does not end is the rest of the line.
fn past_quoted(line: &[u8], at: usize) -> usize {
    let quote = line[at];
    let mut at = at + 1;
    while at < line.len() {
        match line[at] {
            b'\\' if quote == b'\'' => at += 2,
            // Twice, it stands for itself.
            byte if byte == quote && line.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        let mut rewrite = Rewrite::new("t_a");
        let lines = text.split_inclusive('\n').flat_map(|line| rewrite.line(line.as_bytes()));
        String::from_utf8(lines.collect()).unwrap()
    }

    #[test]
    fn who_defined_a_thing_is_left_out_and_what_only_looks_like_it_stays() {
        let text = "/*!50001 CREATE ALGORITHM=UNDEFINED */\n\
            /*!50013 DEFINER=`t_a`@`local``host` SQL SECURITY DEFINER */\n\
            /*!50001 VIEW `acc` AS select `t_a`.`f`(`t_a`.`id`) AS `x`,'`t_a`.`f`(' AS `y` from `accounts` `t_a` */;\n\
            INSERT INTO `notes` VALUES (1,'CREATE DEFINER=`a`@`b` PROCEDURE');\n\
            /*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n\
            DELIMITER ;;\n\
            ALTER DATABASE `t_a` CHARACTER SET latin1 COLLATE latin1_german2_ci ;;\n\
            /*!50106 CREATE*/ /*!50117 DEFINER=`t_a`@`%`*/ /*!50106 EVENT `e` DO select 1 */ ;;\n\
            DELIMITER ;\n\
            ALTER DATABASE `t``a` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ;\n\
            ALTER DATABASE `t_a` is none of theirs ;\n\
            DELIMITER ;;\n\
            CREATE DEFINER=\"t_a\"@\"%\" PROCEDURE \"q\"()\n\
            ;;\n\
            DELIMITER ;\n\
            DELIMITER ;;\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE `p`()\n\
            begin\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE is only a text here\n\
            set @a = 'b;;\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE is only a text here;;\n\
            DELIMITER ;\n\
            CREATE TABLE nextval(`t_a`.`s`)' -- c ;;\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE is none here\n\
            end ;;\n\
            DELIMITER ;\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE\n";
        let expected = "/*!50001 CREATE ALGORITHM=UNDEFINED */\n\
            /*!50013 SQL SECURITY DEFINER */\n\
            /*!50001 VIEW `acc` AS select `f`(`t_a`.`id`) AS `x`,'`t_a`.`f`(' AS `y` from `accounts` `t_a` */;\n\
            INSERT INTO `notes` VALUES (1,'CREATE DEFINER=`a`@`b` PROCEDURE');\n\
            /*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n\
            DELIMITER ;;\n\
            ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_german2_ci ;;\n\
            /*!50106 CREATE*/ /*!50117 */ /*!50106 EVENT `e` DO select 1 */ ;;\n\
            DELIMITER ;\n\
            ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ;\n\
            ALTER DATABASE `t_a` is none of theirs ;\n\
            DELIMITER ;;\n\
            CREATE PROCEDURE \"q\"()\n\
            ;;\n\
            DELIMITER ;\n\
            DELIMITER ;;\n\
            CREATE PROCEDURE `p`()\n\
            begin\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE is only a text here\n\
            set @a = 'b;;\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE is only a text here;;\n\
            DELIMITER ;\n\
            CREATE TABLE nextval(`t_a`.`s`)' -- c ;;\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE is none here\n\
            end ;;\n\
            DELIMITER ;\n\
            CREATE DEFINER=`t_a`@`%` PROCEDURE\n";
        assert_eq!(rewritten(text), expected);
    }

    #[test]
    fn a_sequence_in_a_default_is_that_of_whatever_database_the_table_is_in() {
        let text = "CREATE TABLE `accounts` (\n  `n` bigint DEFAULT nextval(`t_a`.`seq`) COMMENT 'it\\'s nextval(`t_a`.`seq`)',\n  \
                    `o` bigint DEFAULT nextval(`other`.`seq`)\n);\nDO SETVAL(`seq`, 5, 0);\n";
        let expected = text.replacen("nextval(`t_a`.`seq`)", "nextval(`seq`)", 1);
        assert_eq!(rewritten(text), expected);
    }
}
