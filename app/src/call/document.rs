//! The document of the server functions: OpenAPI 3.1, made from the same types that read the arguments and write the answers.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{Function, Problem, example};
use http::Method;

pub const PATH: &str = "/api/v1/openapi.json";

const ABOUT: &str = "Every read and every act of the console, as functions. `GET` takes its arguments in the query, `POST` as one JSON \
    object. Several values of one filter are a comma list. Times are RFC 3339 in UTC with milliseconds.";

/// Status and meaning of what any function may answer instead of its own.
const REFUSALS: [(&str, &str); 10] = [
    ("400", "The body is not JSON."),
    ("401", "Nobody is signed in, or the token is not taken."),
    ("403", "Not allowed, or not without a recent sign-in."),
    ("404", "What was named does not exist; `nearest` has what comes close."),
    ("409", "What was named is in a state that forbids it."),
    ("413", "The body is larger than 256 KiB."),
    ("415", "The body is not said to be JSON."),
    ("422", "An argument cannot be taken; `field` names it."),
    ("429", "Too many calls; `retry_after` says when to come back."),
    ("503", "Something that the platform depends on does not answer; trying again can help."),
];

const NOT_CHANGED: &str =
    "The answer is the one whose `ETag` was sent as `If-None-Match`; nothing of it is sent again.";

/// Of exactly these functions.
pub fn of(functions: &[Function]) -> Value {
    let at = |settings: SchemaSettings| settings.with(|s| s.definitions_path = "/components/schemas".into());
    // Arguments are few and flat, so they stand where they are used; answers share their parts.
    let mut given = at(SchemaSettings::draft2020_12()).with(|s| s.inline_subschemas = true).into_generator();
    let mut told = at(SchemaSettings::draft2020_12()).for_serialize().into_generator();
    let mut paths = Map::new();
    for function in functions {
        let operation = operation(function, &mut given, &mut told);
        paths.insert(function.path.to_owned(), json!({ function.method.as_str().to_lowercase(): operation }));
    }
    let problem = told.subschema_for::<Problem>();
    let schemas = told.take_definitions(true);
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let answers = operation["responses"].as_object_mut().into_iter().flat_map(Map::values_mut);
        for content in answers.filter_map(|answer| answer.pointer_mut("/content/application~1json")) {
            content["example"] = example::of(&content["schema"], &schemas);
        }
    }
    let mut responses = Map::new();
    for (status, meaning) in REFUSALS {
        let content = json!({ "application/json": { "schema": problem, "example": refusal(status) } });
        responses.insert(status.to_owned(), json!({ "description": meaning, "content": content }));
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Neo Central", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "bearerFormat": "neo_…", "description": "Made with `neo token create`." },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-neo",
                    "description": "A person's session of the console; an act comes from a page of the console itself.",
                },
            },
        },
    })
}

fn operation(function: &Function, given: &mut SchemaGenerator, told: &mut SchemaGenerator) -> Value {
    let arguments = (function.arguments)(given);
    let mut described = words(&arguments);
    described.push_str(&format!("\n\nFor the role {} and above.", function.permission.least_role()));
    if function.connects {
        described.push_str(" It takes a token that was made to connect, and no session.");
    }
    let mut paragraphs = described.splitn(2, "\n\n");
    let (summary, description) = (paragraphs.next().unwrap_or_default(), paragraphs.next().unwrap_or_default());
    let mut responses = Map::new();
    let content = json!({ "application/json": { "schema": (function.answer)(told) } });
    responses
        .insert(function.status.as_str().to_owned(), json!({ "description": "Done.", "content": content.clone() }));
    let also = function.also.map(|(status, meaning)| (status.as_str().to_owned(), meaning));
    let is_act = function.method == Method::POST;
    for (status, _) in REFUSALS.iter().filter(|(status, _)| is_act || !matches!(*status, "400" | "413" | "415")) {
        responses.insert((*status).to_owned(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    if let Some((status, meaning)) = also {
        responses.insert(status, json!({ "description": meaning, "content": content }));
    }
    if function.tagged {
        responses.insert("304".into(), json!({ "description": NOT_CHANGED, "headers": { "ETag": etag() } }));
        responses[function.status.as_str()]["headers"] = json!({ "ETag": etag() });
    }
    let mut operation = json!({
        "operationId": function.name().replace('/', "-"),
        "tags": [function.name().split('/').next()],
        "summary": summary,
        "description": description.trim(),
        "responses": responses,
    });
    if function.connects {
        operation["security"] = json!([{ "token": [] }]);
    }
    if is_act {
        let schema = body(arguments);
        let content = json!({ "application/json": { "schema": schema, "example": function.example } });
        operation["requestBody"] = json!({ "required": true, "content": content });
    } else {
        operation["parameters"] = parameters(&arguments, &function.example);
    }
    if function.tagged
        && let Some(parameters) = operation["parameters"].as_array_mut()
    {
        parameters.push(json!({
            "name": "If-None-Match", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "The `ETag` of the answer that one has.",
        }));
    }
    operation
}

fn etag() -> Value {
    json!({ "description": "Another one whenever anything of the answer is another.", "schema": { "type": "string" } })
}

/// The function's own words: the macro puts a line before them.
fn words(arguments: &Schema) -> String {
    let text = arguments.get("description").and_then(Value::as_str).unwrap_or_default();
    let own = text.split_once("server function.").map_or(text, |(_, own)| own);
    own.trim().to_owned()
}

/// One JSON object, and nothing that the function does not know.
fn body(mut arguments: Schema) -> Schema {
    arguments.remove("description");
    arguments.remove("title");
    arguments.remove("$schema");
    arguments.insert("additionalProperties".into(), false.into());
    arguments
}

fn parameters(arguments: &Schema, example: &Value) -> Value {
    let no = Map::new();
    let properties = arguments.get("properties").and_then(Value::as_object).unwrap_or(&no);
    let required: Vec<&str> =
        arguments.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let parameters = properties.iter().map(|(name, schema)| {
        let mut schema = without_null(schema.clone());
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let is_required = required.contains(&&name[..]);
        // What is empty is not there.
        if is_required && schema["type"] == "string" {
            schema["minLength"] = json!(1);
        }
        let mut parameter = json!({ "name": name, "in": "query", "required": is_required, "schema": schema });
        for (key, value) in [("description", description), ("example", example.get(name).cloned())] {
            if let Some(value) = value {
                parameter[key] = value;
            }
        }
        parameter
    });
    parameters.collect()
}

/// In a query, what is not said is left out: nothing is written as null.
fn without_null(mut schema: Value) -> Value {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [one] = &types[..] {
            schema["type"] = one.clone();
        }
    }
    schema
}

fn refusal(status: &str) -> Value {
    let (code, message, cause) = match status {
        "400" => ("invalid", "the body is not JSON", Some("line 1, column 7")),
        "401" => ("unauthenticated", "nobody is signed in", None),
        "403" => ("denied", "your role (support) may not change a tenant", None),
        "404" => ("not_found", "tenant \"acmee\" not found", None),
        "409" => ("conflict", "tenant \"acme\" is archived", Some("only one that is active becomes suspended")),
        "413" => ("invalid", "the body is larger than 256 KiB", None),
        "415" => ("invalid", "the body is not said to be JSON", None),
        "422" => ("invalid", "\"limit\" cannot be taken", Some("expected 1 to 1000")),
        "429" => ("throttled", "this token has called too often", None),
        _ => ("unavailable", "the central database does not answer", None),
    };
    let field = (status == "422").then_some("limit");
    let nearest: &[&str] = if status == "404" { &["acme"] } else { &[] };
    let retry_after = (status == "429").then_some(2);
    json!({ "error": {
        "code": code, "message": message, "cause": cause, "hint": null, "field": field, "nearest": nearest,
        "retry_after": retry_after, "id": "tz4a98xxat96iws9zmbrgj3a",
    } })
}
