//! Answers to what is no request: hyper's own, and those to connections that are over. They bear the headers of every answer.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::door::headers;

/// hyper's own head is shorter than this.
const LONGEST: usize = 256;

/// A whole answer, after which the connection is closed.
pub fn answer(status: StatusCode, text: &str, over_tls: bool) -> Vec<u8> {
    let request_id = neo::id::new();
    let mut fields = HeaderMap::new();
    headers::put(&mut fields, None, &request_id, over_tls);
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers::come_back(status, &mut fields);
    let text = format!("{}: {text}", status.as_u16());
    let mut answer = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in &fields {
        answer.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    answer.extend(format!("content-length: {}\r\n\r\n{text}", text.len()).into_bytes());
    tracing::info!(request_id, status = status.as_u16(), "answered what is no request");
    answer
}

/// What ends with an answer that hyper made by itself, with one of ours in its place.
pub fn with_headers(bytes: &[u8], over_tls: bool) -> Option<Vec<u8>> {
    let from = bytes.len().saturating_sub(LONGEST);
    let at = from + bytes[from..].windows(7).rposition(|some| some == b"HTTP/1.")?;
    let status = made_by_hyper(str::from_utf8(&bytes[at..]).ok()?)?;
    let text = match status {
        StatusCode::URI_TOO_LONG => "the address is too long\n",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "the headers are too many or too large\n",
        _ => "this is no request that can be read\n",
    };
    Some([&bytes[..at], &answer(status, text, over_tls)].concat())
}

/// A head without a body, with nothing in it but what hyper itself puts there.
fn made_by_hyper(text: &str) -> Option<StatusCode> {
    let mut lines = text.strip_suffix("\r\n\r\n")?.split("\r\n");
    let status = StatusCode::from_bytes(lines.next()?.get(9..12)?.as_bytes()).ok()?;
    let known = [StatusCode::BAD_REQUEST, StatusCode::URI_TOO_LONG, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE];
    let is_hypers = |line: &str| {
        line.split_once(':').is_some_and(|(name, _)| ["connection", "content-length", "date"].contains(&name))
    };
    (known.contains(&status) && lines.all(is_hypers)).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_hyper_made_by_itself_is_replaced() {
        let own = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        let before = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let whole = with_headers(&[&before[..], &own[..]].concat(), false).expect("replaced");
        let text = String::from_utf8(whole).expect("text");
        assert!(
            text.starts_with("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 400 Bad Request\r\n"),
            "{text}"
        );
        assert!(text.contains("content-security-policy: ") && text.contains("connection: close"), "{text}");
        for other in [
            &before[..],
            b"HTTP/1.1 400 Bad Request\r\nx-request-id: 7\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\nmore",
            b"HTTP/1.1 400 Bad Request\r\n0\r\n\r\n",
            b"",
        ] {
            assert!(with_headers(other, false).is_none(), "{}", String::from_utf8_lossy(other));
        }
    }
}
