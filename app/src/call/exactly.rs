//! Arguments with members of their own, in which what nobody knows is refused as well: a misspelt `tag` in a selection would mean
//! the whole fleet.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// What was said, and nothing besides.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Exactly<T>(pub T);

impl<'de, T: DeserializeOwned + Serialize> Deserialize<'de> for Exactly<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = Value::deserialize(deserializer)?;
        let read: T = serde_json::from_value(said.clone()).map_err(D::Error::custom)?;
        let known = serde_json::to_value(&read).map_err(D::Error::custom)?;
        match stray(&said, &known) {
            Some(stray) => Err(D::Error::custom(format!("expected {stray}"))),
            None => Ok(Self(read)),
        }
    }
}

/// What is expected in the place of something that what was read has nothing of.
fn stray(said: &Value, known: &Value) -> Option<String> {
    match (said, known) {
        (Value::Object(said), Value::Object(known)) => said.iter().find_map(|(name, value)| match known.get(name) {
            Some(known) => stray(value, known),
            None => {
                let names: Vec<_> = known.keys().map(String::as_str).collect();
                Some(format!("{}, not {name:?}", names.join(", ")))
            }
        }),
        // A list would be read as the members in their order.
        (Value::Array(_), Value::Object(_)) => Some("an object".to_owned()),
        (Value::Array(said), Value::Array(known)) => {
            said.iter().zip(known).find_map(|(said, known)| stray(said, known))
        }
        _ => None,
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Exactly<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = T::json_schema(generator);
        if schema.get("properties").is_some() {
            schema.insert("additionalProperties".into(), false.into());
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use neo_model::{Goal, Policy, TenantFilter};
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn what_is_known_is_read_and_a_misspelt_member_is_named() {
        let read =
            |said: Value| from_value::<Exactly<TenantFilter>>(said).map(|filter| filter.0).map_err(|e| e.to_string());
        assert_eq!(read(json!({})), Ok(TenantFilter::default()));
        let eu = TenantFilter { tags: vec!["eu".into()], ..TenantFilter::default() };
        assert_eq!(read(json!({ "tags": ["eu"] })), Ok(eu));
        let error = read(json!({ "tag": ["eu"] })).unwrap_err();
        assert!(error.contains("tags") && error.ends_with("not \"tag\""), "{error}");
        assert!(read(json!([])).is_err() && read(json!({ "statuses": ["asleep"] })).is_err());
    }

    #[test]
    fn what_is_further_inside_is_looked_at_too() {
        let goal = |said: Value| from_value::<Exactly<Goal>>(said).is_ok();
        assert!(goal(json!({ "migrate": {} })) && goal(json!({ "migrate": { "to": 7 } })) && goal(json!("verify")));
        assert!(
            !goal(json!({ "migrate": [7] })) && !goal(json!({ "migrate": { "too": 7 } })) && !goal(json!("migrat"))
        );
        let policy = |said: Value| from_value::<Exactly<Policy>>(said).is_ok();
        assert!(policy(json!({ "waves": [{ "some": { "percent": 2 } }, { "tag": "eu" }], "wait": "canary" })));
        assert!(!policy(json!({ "wave": [] })));
    }
}
