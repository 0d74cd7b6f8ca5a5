use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Big,
    Small,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Asked {
    slug: String,
    kind: Option<Kind>,
    limit: Option<u32>,
    before: Option<i64>,
    all: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Inner {
    password: String,
}

#[derive(Debug, Deserialize)]
struct Sent {
    slug: String,
    admin: Option<Inner>,
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Refused>) -> (u16, Option<&'static str>, String) {
    let Refused(status, error) = answer.expect_err("refused");
    (status.as_u16(), error.field, error.to_string())
}

async fn sent(kind: &str, body: &str) -> Result<Sent, Refused> {
    let request = Request::builder().header(header::CONTENT_TYPE, kind).body(body.to_owned().into());
    of_body(request.expect("a request")).await
}

#[test]
fn a_query_is_read_as_what_the_function_wants() {
    let asked: Asked =
        of_query("slug=a%20b&kind=small&limit=7&before=-1&all=yes").unwrap_or_else(|r| panic!("{}", r.1));
    let wanted =
        Asked { slug: "a b".into(), kind: Some(Kind::Small), limit: Some(7), before: Some(-1), all: Some(true) };
    assert_eq!(asked, wanted);
    let asked: Asked = of_query("slug=a&limit=&kind=").unwrap_or_else(|r| panic!("{}", r.1));
    assert_eq!((asked.limit, asked.kind), (None, None), "a field of a form that was left empty");
}

#[test]
fn what_cannot_be_read_in_a_query_is_refused_by_name() {
    for (query, field, words) in [
        ("", Some("slug"), "\"slug\" is missing"),
        ("slug=a&limit=many", Some("limit"), "\"limit\" cannot be taken: expected a whole number that is not negative"),
        ("slug=a&limit=-1", Some("limit"), "expected a whole number that is not negative"),
        ("slug=a&all=perhaps", Some("all"), "expected true or false"),
        ("slug=a&kind=huge", Some("kind"), "`big` or `small`"),
        ("slug=a&slug=b", Some("slug"), "\"slug\" is said twice"),
        ("slug=a&limt=3", None, "\"limt\" is not an argument of this function"),
        ("slug=a%00", Some("slug"), "\"slug\" holds a character that no text may"),
        ("slug=%ff", Some("slug"), "\"slug\" holds a character that no text may"),
    ] {
        let (status, on, said) = refused(of_query::<Asked>(query));
        assert_eq!((status, on), (422, field), "{query}");
        assert!(said.contains(words), "{query}: {said}");
    }
    let Refused(_, error) = of_query::<Asked>("slug=a&limt=3").expect_err("refused");
    assert_eq!(error.nearest, ["limit"]);
}

#[tokio::test]
async fn what_cannot_be_read_in_a_body_is_refused_by_name_and_status() {
    for (kind, body, status, field, words) in [
        ("application/json", "", 422, Some("slug"), "\"slug\" is missing"),
        ("application/json", "{", 400, None, "the body is not JSON: line 1, column 1"),
        ("application/json", "[]", 422, None, "the body is not an object"),
        ("application/json", r#"{"slug":"a","slug":"b"}"#, 422, Some("slug"), "\"slug\" is said twice"),
        ("application/json", r#"{"slug":"a","slog":1}"#, 422, None, "\"slog\" is not an argument"),
        ("application/json", r#"{"slug":"\u0000"}"#, 422, Some("slug"), "no text may"),
        ("application/json; charset=utf-8", r#"{"slug":1}"#, 422, Some("slug"), "expected a string"),
        ("application/json", r#"{"slug":"a","admin":{}}"#, 422, Some("admin"), "\"admin.password\" is missing"),
        ("text/plain", r#"{"slug":"a"}"#, 415, None, "not said to be JSON"),
        ("application/x-www-form-urlencoded", "slug=a", 415, None, "not said to be JSON"),
    ] {
        let (was, on, said) = refused(sent(kind, body).await);
        assert_eq!((was, on), (status, field), "{body}: {said}");
        assert!(said.contains(words), "{body}: {said}");
    }
    let (_, _, said) = refused(sent("application/json", r#"{"slug":"a","admin":{"password":98431}}"#).await);
    assert_eq!(said, "\"admin.password\" cannot be taken: expected a string", "and never what was sent");
    let read = sent("application/json", r#"{"slug":"a","admin":{"password":"x"}}"#).await;
    assert!(read.is_ok_and(|read| read.slug == "a" && read.admin.is_some_and(|admin| admin.password == "x")));
    let large = format!(r#"{{"slug":"{}"}}"#, "a".repeat(3 << 20));
    assert_eq!(refused(sent("application/json", &large).await).0, 413);
}
