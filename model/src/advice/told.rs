//! An advice in stored and printed JSON, as two keys beside the others: `hint`, the words of the command line, as it has always
//! been; and `advice`, the value, where it is more than words. For `#[serde(flatten, with = "…")]`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Advice;

/// The two keys, as they are described.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
pub struct Keys {
    /// In the words of the command line.
    #[expect(dead_code, reason = "only described")]
    hint: Option<String>,
    /// The same as a value, where there is something to be done.
    #[schemars(skip_serializing_if = "Option::is_none")]
    #[expect(dead_code, reason = "only described")]
    advice: Option<Advice>,
}

#[derive(Serialize)]
struct Told<'a> {
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'a Advice>,
}

#[derive(Deserialize)]
struct Stored {
    hint: Option<String>,
    /// As another version of Neo may have written it.
    advice: Option<serde_json::Value>,
}

pub fn serialize<S: Serializer>(advice: &Option<Advice>, serializer: S) -> Result<S::Ok, S::Error> {
    let value = advice.as_ref().filter(|advice| advice.acts().next().is_some());
    Told { hint: advice.as_ref().map(Advice::command), advice: value }.serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Advice>, D::Error> {
    let stored = Stored::deserialize(deserializer)?;
    // An act that this version does not know is told as it was written down, in words.
    let value = stored.advice.and_then(|value| serde_json::from_value(value).ok());
    Ok(value.or(stored.hint.map(Advice::from)))
}

/// A reason among others, where the words of the command line are all that is told.
pub mod reason {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::Advice;

    pub fn serialize<S: Serializer>(advice: &Advice, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&advice.command())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Advice, D::Error> {
        String::deserialize(deserializer).map(Advice::from)
    }
}
