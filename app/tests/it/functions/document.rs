//! The document of the functions says what there is, and what they answer is as it says.

use axum::http::{Method, StatusCode};
use leptos::server_fn::axum::server_fn_paths;
use neo::actor::Role;
use neo_app::call::Function;
use serde_json::Value;

use super::{arguments, call, json};
use crate::console::{signed_in, tenant};
use crate::program::Program;
use crate::world::World;

#[tokio::test]
async fn it_describes_every_function_and_nothing_else() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    let document = json(&browser.get("/api/v1/openapi.json").await);
    assert_eq!(document["openapi"], "3.1.0");
    let mut described: Vec<(String, String)> = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        described.extend(operations.as_object().unwrap().keys().map(|method| (path.clone(), method.to_uppercase())));
    }
    let mut there: Vec<_> = server_fn_paths().map(|(path, method)| (path.to_owned(), method.to_string())).collect();
    described.sort();
    there.sort();
    assert_eq!(described, there);
    assert_eq!(Program::bare().run("openapi").expect(0).json(), document, "and on the command line");
}

#[tokio::test]
async fn every_function_has_words_arguments_and_errors() {
    let document: Value = serde_json::from_str(&neo_app::openapi()).unwrap();
    for function in neo_app::functions() {
        let method = function.method.as_str().to_lowercase();
        let operation = &document["paths"][function.path][&method];
        let summary = operation["summary"].as_str().unwrap();
        assert!(!summary.is_empty() && !summary.contains("server function"), "{}: {summary:?}", function.path);
        assert!(operation["responses"]["403"]["$ref"].is_string(), "{operation}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string() && parameter["schema"]["type"].is_string(), "{parameter}");
        }
        let properties = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"];
        for (name, property) in properties.as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{}: {name} {property}", function.path);
        }
    }
    let dangling = references(&document).into_iter().find(|reference| document.pointer(&reference[1..]).is_none());
    assert_eq!(dangling, None);
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(references)).collect()
        }
        Value::Array(values) => values.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// What a reader is shown is what they get: an example of each answer, and times that are said to be times.
#[tokio::test]
async fn every_answer_has_an_example_that_is_as_its_schema_says() {
    let document: Value = serde_json::from_str(&neo_app::openapi()).unwrap();
    for function in neo_app::functions() {
        let method = function.method.as_str().to_lowercase();
        let answers = document["paths"][function.path][&method]["responses"].as_object().unwrap();
        let own = &answers[function.status.as_str()]["content"]["application/json"];
        assert!(!own["example"].is_null(), "{}", function.path);
        holds(&document, &own["schema"], &own["example"], function.path);
    }
    for (name, response) in document["components"]["responses"].as_object().unwrap() {
        let content = &response["content"]["application/json"];
        holds(&document, &content["schema"], &content["example"], name);
    }
    let mut times = Vec::new();
    untold(&document["components"]["schemas"], "", &mut times);
    assert_eq!(times, Vec::<String>::new(), "these are times and do not say so");
}

/// What is named as a moment is, and does not have the format of a time. What a tenant's own database says of when is any text.
fn untold(value: &Value, at: &str, found: &mut Vec<String>) {
    for (name, schema) in value["properties"].as_object().into_iter().flatten() {
        let is_text = schema["type"] == "string"
            || schema["type"].as_array().is_some_and(|all| all.iter().any(|t| t == "string"));
        let is_moment = name.ends_with("_at") || ["at", "since", "until", "planned_for"].contains(&name.as_str());
        if is_text && is_moment && schema["format"] != "date-time" && at != "/TenantUser" {
            found.push(format!("{at}/{name}"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        untold(inner, &format!("{at}/{name}"), found);
    }
}

/// Every key of an answer is in its schema, and every key that its schema wants is there.
#[tokio::test]
async fn every_answer_is_as_the_document_says() {
    let document: Value = serde_json::from_str(&neo_app::openapi()).unwrap();
    let fresh = async || {
        let world = World::new().await;
        tenant::provisioned(&world).await;
        let browser = signed_in(&world, Role::Superadmin).await;
        (world, browser)
    };
    let (mut world, mut browser) = fresh().await;
    // What only a token made to connect is told has tests of its own.
    for function in neo_app::functions().into_iter().filter(|function| !function.connects) {
        if function.method == Method::POST {
            // What another has done to its tenant must not keep it from its own.
            (world, browser) = fresh().await;
        }
        let arguments = arguments(&world, &browser, &function).await;
        let page = call(&mut browser.clone(), &function, &arguments).await;
        if page.status == StatusCode::CONFLICT {
            continue;
        }
        assert_eq!(page.status, function.status, "{}: {}", function.path, page.text);
        as_said(&document, &function, &json(&page));
    }
}

/// The answer of a function is as the document says.
pub fn as_said(document: &Value, function: &Function, answer: &Value) {
    let method = function.method.as_str().to_lowercase();
    let answers = &document["paths"][function.path][&method]["responses"][function.status.as_str()];
    holds(document, &answers["content"]["application/json"]["schema"], answer, function.path);
}

/// Whether this is the schema of an object with such keys.
fn knows(document: &Value, schema: &Value, value: &Value) -> bool {
    let schema = schema["$ref"].as_str().map_or(schema, |reference| document.pointer(&reference[1..]).unwrap());
    let properties = schema["properties"].as_object();
    value
        .as_object()
        .is_some_and(|members| properties.is_some_and(|known| members.keys().all(|key| known.contains_key(key))))
}

/// As much of JSON Schema as these documents use.
fn holds(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        holds(document, document.pointer(&reference[1..]).unwrap(), value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let is_null = |schema: &Value| schema["type"] == "null";
        assert!(!value.is_null() || any.iter().any(is_null), "{at} is null");
        let mut others = any.iter().filter(|schema| !is_null(schema));
        let is_meant = |schema: &&Value| any.len() == 1 || knows(document, schema, value);
        if let Some(schema) = others.clone().find(is_meant).or(others.next()).filter(|_| !value.is_null()) {
            holds(document, schema, value, at);
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(types.is_empty() || types.contains(&kind), "{at} is {value}, not {types:?}");
    if let Some(known) = schema["enum"].as_array() {
        assert!(known.contains(value), "{at} is {value}");
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        holds(document, &schema["items"], item, &format!("{at}[{n}]"));
    }
    let (Some(members), Some(properties)) = (value.as_object(), schema["properties"].as_object()) else { return };
    for (name, member) in members {
        let property = properties.get(name).unwrap_or_else(|| panic!("{at}.{name} is not in the document"));
        holds(document, property, member, &format!("{at}.{name}"));
    }
    for wanted in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(members.contains_key(wanted), "{at}.{wanted} is missing");
    }
}
