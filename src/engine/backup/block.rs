//! Where the statements begin in a block of routines, triggers or events, as `mariadb-dump` and `mysqldump` write one: each ends with
//! a line that ends with `;;`, and so may a line within a body, in a text or in a comment.

/// Begins a block.
pub(super) const BLOCK: &[u8] = b"DELIMITER ;;";
/// Ends it.
pub(super) const BLOCK_END: &[u8] = b"DELIMITER ;";
/// How such a program goes on in a block behind a statement; behind one that makes something, with no other that does.
const NEXT: [&[u8]; 3] = [BLOCK_END, b"/*!5", b"/*M!"];
/// How a statement begins that makes something.
const MADE: [&[u8]; 3] = [b"CREATE ", b"/*!50003 CREATE", b"/*!50106 CREATE"];

/// What a quote and a backslash mean to whoever has made a thing: said before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mode {
    escapes: bool,
    /// In double quotes stands a name, not a text.
    ansi: bool,
}

impl Default for Mode {
    fn default() -> Self {
        Self { escapes: true, ansi: false }
    }
}

impl Mode {
    /// Where this line sets another: `/*!50003 SET sql_mode              = '…' */ ;`
    pub fn set_by(line: &[u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"/*!50003 SET sql_mode ")?.trim_ascii_start().strip_prefix(b"=")?;
        let has = |word: &[u8]| rest.windows(word.len()).any(|found| found == word);
        Some(Self { escapes: !has(b"NO_BACKSLASH_ESCAPES"), ansi: has(b"ANSI_QUOTES") })
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Open {
    Quote(u8),
    Comment,
}

/// A block, line by line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    mode: Mode,
    open: Option<Open>,
    /// The last line ends with the delimiter, and what it is in is no text and no comment of several lines.
    may_be_next: bool,
    /// What the statement that is being read is.
    makes: bool,
}

impl Block {
    pub fn new(mode: Mode) -> Self {
        Self { mode, open: None, may_be_next: true, makes: false }
    }

    /// Whether this line, behind those that were taken, begins a statement or ends the block.
    pub fn begins(&self, line: &[u8]) -> bool {
        let is_next = match line.trim_ascii_end() {
            // Said once more before each event but the first.
            bare if bare == BLOCK => !self.makes,
            bare if bare == BLOCK_END => true,
            _ => !line.starts_with(BLOCK_END) && (NEXT.iter().any(|next| line.starts_with(next)) || !self.makes),
        };
        self.may_be_next && is_next
    }

    /// Takes a line; whether it is one that [`Self::begins`] something.
    pub fn take(&mut self, line: &[u8]) -> bool {
        let begins = self.begins(line);
        if begins {
            self.open = None;
            self.makes = MADE.iter().any(|made| line.starts_with(made));
            self.mode = Mode::set_by(line).unwrap_or(self.mode);
        }
        self.read(line);
        self.may_be_next = self.open.is_none() && line.trim_ascii_end().ends_with(b";;");
        begins
    }

    fn read(&mut self, line: &[u8]) {
        let mut at = 0;
        while let Some(byte) = line.get(at) {
            let rest = &line[at..];
            match self.open {
                Some(Open::Comment) if rest.starts_with(b"*/") => {
                    self.open = None;
                    at += 1;
                }
                Some(Open::Comment) => {}
                Some(Open::Quote(quote)) if *byte == quote => self.open = None,
                Some(Open::Quote(quote)) if *byte == b'\\' && self.escapes_in(quote) => at += 1,
                Some(Open::Quote(_)) => {}
                None if matches!(byte, b'\'' | b'"' | b'`') => self.open = Some(Open::Quote(*byte)),
                None if *byte == b'#' => return,
                None if rest.starts_with(b"--") && rest.get(2).is_none_or(|next| *next <= b' ') => return,
                // What is in one of these is no comment.
                None if rest.starts_with(b"/*!") || rest.starts_with(b"/*M!") => at += 2,
                None if rest.starts_with(b"/*") => {
                    self.open = Some(Open::Comment);
                    at += 1;
                }
                None => {}
            }
            at += 1;
        }
    }

    fn escapes_in(&self, quote: u8) -> bool {
        self.mode.escapes && (quote == b'\'' || quote == b'"' && !self.mode.ansi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beginnings(mode: Mode, text: &str) -> Vec<&str> {
        let mut block = Block::new(mode);
        text.split_inclusive('\n').filter(|line| block.take(line.as_bytes())).map(str::trim_end).collect()
    }

    #[test]
    fn a_body_ends_behind_its_texts_and_comments() {
        let text = "/*!50003 SET time_zone = 'SYSTEM' */ ;;\n\
            /*!50106 CREATE*/ /*!50117 DEFINER=`a`@`b`*/ /*!50106 EVENT `e` DO begin\n\
            -- it's ;;\nCREATE TEMPORARY TABLE x (id int);\n\
            /* it's ;;\nDELIMITER ;\n*/ set @a = 'it''s \\';;\nCREATE DEFINER=`a`@`b` VIEW';\n\
            # it's ;;\nselect \"a';;\nDELIMITER ;\n\";\nend */ ;;\n\
            /*!50003 SET time_zone = @saved */ ;;\n\
            DELIMITER ;\n";
        let expected = [
            "/*!50003 SET time_zone = 'SYSTEM' */ ;;",
            "/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`b`*/ /*!50106 EVENT `e` DO begin",
            "/*!50003 SET time_zone = @saved */ ;;",
            "DELIMITER ;",
        ];
        assert_eq!(beginnings(Mode::default(), text), expected);
    }

    #[test]
    fn a_second_event_begins_with_the_delimiter_once_more() {
        let text = "/*!50106 CREATE*/ /*!50106 EVENT `a` DO select 'x;;\nDELIMITER ;;\n' */ ;;\n\
            /*!50003 SET time_zone = @saved */ ;;\n\
            /*!50106 DROP EVENT IF EXISTS `b` */;;\nDELIMITER ;;\n/*!50106 CREATE*/ /*!50106 EVENT `b` DO begin\nend */ ;;\nDELIMITER ;\n";
        let expected = [
            "/*!50106 CREATE*/ /*!50106 EVENT `a` DO select 'x;;",
            "/*!50003 SET time_zone = @saved */ ;;",
            "/*!50106 DROP EVENT IF EXISTS `b` */;;",
            "DELIMITER ;;",
            "/*!50106 CREATE*/ /*!50106 EVENT `b` DO begin",
            "DELIMITER ;",
        ];
        assert_eq!(beginnings(Mode::default(), text), expected);
    }

    #[test]
    fn a_backslash_and_a_double_quote_mean_what_they_meant_to_who_has_made_it() {
        let line = b"/*!50003 SET sql_mode              = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' */ ;\n";
        let mode = Mode::set_by(line).unwrap();
        assert_eq!(mode, Mode { escapes: false, ansi: true });
        let text = "CREATE PROCEDURE p()\nselect 'one\\' as \"it's;;\nCREATE two\\\"\n;;\nDELIMITER ;\n";
        assert_eq!(beginnings(mode, text), ["CREATE PROCEDURE p()", "DELIMITER ;"]);
        let ansi = Mode { escapes: true, ansi: true };
        let text = "CREATE PROCEDURE p()\nselect 'one\\'' as \"two\\\" ;;\nDELIMITER ;\n";
        assert_eq!(beginnings(ansi, text), ["CREATE PROCEDURE p()", "DELIMITER ;"]);
        assert_eq!(Mode::set_by(b"/*!50003 SET sql_mode              = @saved_sql_mode */ ;"), Some(Mode::default()));
        assert_eq!(Mode::set_by(b"INSERT INTO `a` VALUES ('/*!50003 SET sql_mode = ');"), None);
    }
}
