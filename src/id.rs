//! Identifiers: opaque, 24 characters, never to be parsed or checked by prefix.

use std::time::{SystemTime, UNIX_EPOCH};

/// A new cuid2 id.
pub fn new() -> String {
    cuid2::create_id()
}

/// A new id that sorts behind those of the milliseconds before, for what is written by the thousand: an index of such ids grows at its end, where one of
/// others is written all over. Fifteen of its characters are random.
pub fn in_order() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut ms = u64::try_from(since.as_millis()).unwrap_or_default();
    let mut id: [u8; 24] = rand::random();
    for byte in &mut id[9..] {
        *byte %= 36;
    }
    for byte in id[1..9].iter_mut().rev() {
        *byte = (ms % 36) as u8;
        ms /= 36;
    }
    // Ids begin with a letter; eight digits last until 2059, and what comes then sorts first.
    id[0] = 29;
    id.iter().filter_map(|digit| char::from_digit((*digit).into(), 36)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_to_be_in_order_is_and_looks_like_any_other() {
        let mut before = String::new();
        for _ in 0..50 {
            let id = in_order();
            assert_eq!(id.len(), new().len());
            assert!(id.starts_with(|c: char| c.is_ascii_lowercase()), "{id}");
            assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{id}");
            assert!(before < id, "{before} is not before {id}");
            before = id;
            sleep(Duration::from_millis(2));
        }
        let many: HashSet<_> = (0..10_000).map(|_| in_order()).collect();
        assert_eq!(many.len(), 10_000);
    }
}
