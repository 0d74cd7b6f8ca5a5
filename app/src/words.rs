//! The platform's own words for its states, in addresses and forms: `suspended`, `verify-full`, `rollback`.

use neo::error::{Error, Result, printable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How a state is written: in JSON, in an address, on a page.
pub fn word<T: Serialize>(state: &T) -> String {
    match serde_json::to_value(state) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The state that this word means; `field` is where it was typed.
pub fn parse<T: DeserializeOwned>(field: &'static str, word: &str) -> Result<T> {
    serde_json::from_value(Value::String(word.to_owned()))
        .map_err(|_| Error::invalid(field, format!("\"{}\" is not a {field} that Neo knows", printable(word))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use neo::tenants::Status;

    #[test]
    fn a_state_reads_back_from_its_word() {
        assert_eq!(word(&Status::Suspended), "suspended");
        assert_eq!(parse::<Status>("status", "suspended").ok(), Some(Status::Suspended));
        assert!(parse::<Status>("status", "asleep").is_err());
    }
}
