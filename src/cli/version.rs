//! `neo --version`, told before anything else is made: the tree of all commands takes longer than the rest of it.

use std::ffi::OsString;
use std::io::Write as _;

const VERSION: &str = concat!("neo ", env!("CARGO_PKG_VERSION"), "\n");

/// Whether the version is all that is asked for; it has been told then.
pub(super) fn told(words: &[OsString]) -> bool {
    let [_, word] = words else { return false };
    let is_asked = word.to_str().is_some_and(|word| matches!(word, "--version" | "-V"));
    if is_asked {
        // Whoever does not listen any more is told nothing.
        let _ = std::io::stdout().write_all(VERSION.as_bytes());
    }
    is_asked
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_told_in_the_words_of_the_tree_of_commands() {
        assert_eq!(super::VERSION, crate::cli::tree().render_version());
    }
}
