//! An example for an answer, made of its schema: so it has the keys that the answer has, whoever changes them.

use serde_json::{Map, Value, json};

/// A tree of what holds itself ends here.
const DEEPEST: usize = 32;

/// `definitions`: what `$ref` leads to.
pub fn of(schema: &Value, definitions: &Map<String, Value>) -> Value {
    value(schema, definitions, "", 0)
}

/// `name`: under which key it stands.
fn value(schema: &Value, definitions: &Map<String, Value>, name: &str, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    let inner = |schema: &Value, name: &str| value(schema, definitions, name, depth + 1);
    if let Some(named) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return definitions.get(named).map_or(Value::Null, |schema| inner(schema, name));
    }
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    let is_null = |schema: &Value| schema["type"] == "null";
    let one_of = ["anyOf", "oneOf"].into_iter().find_map(|key| schema[key].as_array());
    let own = schema["properties"].as_object();
    if let Some(one) = one_of.and_then(|all| all.iter().find(|one| !is_null(one))) {
        return match (inner(one, name), own) {
            (Value::Object(mut members), Some(own)) => {
                members.extend(own.iter().map(|(key, schema)| (key.clone(), inner(schema, key))));
                Value::Object(members)
            }
            (other, _) => other,
        };
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    match kind {
        Some("array") => json!([inner(&schema["items"], name)]),
        Some("object") => {
            let members = own.into_iter().flatten().map(|(key, schema)| (key.clone(), inner(schema, key)));
            Value::Object(members.collect())
        }
        Some("boolean") => json!(true),
        Some("integer" | "number") => number(name),
        Some("string") if schema["format"] == "date-time" => json!("2026-01-26T14:02:13.916Z"),
        Some("string") => text(name),
        _ => Value::Null,
    }
}

fn number(name: &str) -> Value {
    match name {
        "version" | "latest" | "to" | "from" | "newest" => json!(20_260_126_000_006_i64),
        "port" => json!(5432),
        "ms" | "latency_ms" => json!(118),
        _ => json!(1),
    }
}

fn text(name: &str) -> Value {
    json!(match name {
        "tenant" | "slug" | "tenants" => "acme",
        "name" => "Acme",
        "id" => "tz4a98xxat96iws9zmbrgj3a",
        "email" => "grace@example.com",
        "actor" | "maker" | "owner" => "ada@example.com",
        "first_name" => "Grace",
        "last_name" => "Hopper",
        "server" | "servers" => "local",
        "host" => "db-1.example.com",
        "address" | "last_address" => "10.1.2.3",
        "database" | "user" | "username" => "t_acme_k3x9",
        "password" => "…",
        "token" => "neo_…",
        "tags" | "tag" => "eu",
        "migration" => "20260126000006_add_contacts",
        "fingerprint" | "cause" => "4f0c2a9be1d7",
        "reason" | "note" => "release 42",
        "sql" | "down_sql" => "create table contacts (id bigint primary key);",
        "href" => "/tenants/acme",
        _ => "as it was said",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_the_schema_has() {
        let definitions = json!({ "State": { "oneOf": [{ "type": "string", "enum": ["current"] }] } });
        let schema = json!({
            "type": "object",
            "properties": {
                "slug": { "type": "string" },
                "state": { "$ref": "#/components/schemas/State" },
                "tags": { "type": "array", "items": { "type": "string" } },
                "seen_at": { "type": ["string", "null"], "format": "date-time" },
                "run": { "anyOf": [{ "type": "null" }, { "type": "integer" }] },
            },
        });
        let definitions = definitions.as_object().expect("an object");
        let example = json!({
            "slug": "acme", "state": "current", "tags": ["eu"], "seen_at": "2026-01-26T14:02:13.916Z", "run": 1,
        });
        assert_eq!(of(&schema, definitions), example);
    }

    #[test]
    fn what_holds_itself_comes_to_an_end() {
        let definitions = json!({ "Tree": { "type": "object", "properties": { "in": { "$ref": "#/x/Tree" } } } });
        let example = of(&json!({ "$ref": "#/x/Tree" }), definitions.as_object().expect("an object"));
        assert!(example["in"]["in"].is_object(), "{example}");
    }
}
