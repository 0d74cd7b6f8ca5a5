//! Signatures of messages, as Standard Webhooks has them: HMAC-SHA-256 over id, time and body, so that a receiver knows whose a message is,
//! and that it is not one of yesterday's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(super) const ID: &str = "webhook-id";
pub(super) const TIME: &str = "webhook-timestamp";
pub(super) const SIGNATURE: &str = "webhook-signature";

/// How far a message's time may be from now, in seconds.
const TOLERANCE: i64 = 5 * 60;

fn mac(key: &[u8], id: &str, seconds: i64, body: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body.as_bytes());
    mac
}

/// The headers of a message that is sent at this time (epoch milliseconds).
pub(super) fn headers(key: &[u8], id: &str, now: i64, body: &str) -> Vec<(&'static str, String)> {
    let seconds = now / 1000;
    let signature = STANDARD.encode(mac(key, id, seconds, body).finalize().into_bytes());
    vec![(ID, id.to_owned()), (TIME, seconds.to_string()), (SIGNATURE, format!("v1,{signature}"))]
}

/// Whether a message is signed with this key, and was sent within five minutes of `now` (epoch seconds): what a receiver does.
pub fn verify(key: &[u8], [id, time, signatures]: [&str; 3], body: &str, now: i64) -> bool {
    let Ok(seconds) = time.parse::<i64>() else { return false };
    let is_ours = |signature: &str| {
        let text = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        text.is_some_and(|signature| mac(key, id, seconds, body).verify_slice(&signature).is_ok())
    };
    (now - seconds).abs() <= TOLERANCE && signatures.split(' ').any(is_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_id_its_time_and_its_body() {
        let key = b"0123456789abcdef0123456789abcdef";
        let headers = headers(key, "abc", 1_800_000_000_999, "{}");
        let [(_, id), (_, time), (_, signature)] = &headers[..] else { panic!("{headers:?}") };
        assert_eq!(time, "1800000000");
        let holds = |id: &str, time: &str, body: &str, now| verify(key, [id, time, signature], body, now);
        assert!(holds(id, time, "{}", 1_800_000_300) && holds(id, time, "{}", 1_799_999_700));
        assert!(!holds(id, time, "{}", 1_800_000_301) && !holds("abd", time, "{}", 1_800_000_000));
        assert!(!holds(id, "1800000001", "{}", 1_800_000_000) && !holds(id, time, "{ }", 1_800_000_000));
        assert!(!verify(b"another", [id, time, signature], "{}", 1_800_000_000));
        assert!(verify(key, [id, time, &format!("v1,AAAA {signature}")], "{}", 1_800_000_000));
    }

    /// The example of Standard Webhooks' own libraries.
    #[test]
    fn it_is_what_others_verify() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
        let body = r#"{"test": 2432232314}"#;
        let headers = headers(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330_000, body);
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
