//! Identifiers: opaque, 24 characters, never to be parsed or checked by prefix.

/// A new cuid2 id.
pub fn new() -> String {
    cuid2::create_id()
}

/// A new id for what is written by the thousand, all of it with this number: it sorts behind those of a lower one, so that an index of them grows at its
/// end, where one of others is written all over. Fifteen of its characters are random.
pub fn in_order(number: i64) -> String {
    let mut number = number.unsigned_abs();
    let mut id: [u8; 24] = rand::random();
    for digit in &mut id[9..] {
        *digit %= 36;
    }
    for digit in id[1..9].iter_mut().rev() {
        *digit = u8::try_from(number % 36).unwrap_or_default();
        number /= 36;
    }
    // An id begins with a letter. What does not fit into eight digits sorts elsewhere, and no worse.
    id[0] = 29;
    id.iter().filter_map(|digit| char::from_digit((*digit).into(), 36)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_is_to_be_in_order_is_and_looks_like_any_other() {
        let mut before = String::new();
        for number in [0, 1, 35, 36, 1295, 1296, 1_000_000, 2_821_109_907_455] {
            let id = in_order(number);
            assert_eq!(id.len(), new().len());
            assert!(id.starts_with(|c: char| c.is_ascii_lowercase()), "{id}");
            assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{id}");
            assert!(before < id, "{before} is not before {id}");
            before = id;
        }
        let many: HashSet<_> = (0..10_000).map(|_| in_order(7)).collect();
        assert_eq!(many.len(), 10_000);
    }
}
