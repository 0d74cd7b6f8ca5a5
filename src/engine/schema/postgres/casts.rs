//! What PostgreSQL writes otherwise once it has read its own dump: a list that was cast as a whole becomes a list of casts. So
//! `status in ('a', 'b')` on a varchar would be another schema in a copy of a database than where it was made.

/// `(ARRAY[a, b])::t[]` as `ARRAY[(a)::t, (b)::t]`, wherever it stands outside of quotes.
pub(super) fn settled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some((list, end)) = whole_cast(rest) {
            out.push_str(&list);
            at += end;
            continue;
        }
        let end = past(rest);
        out.push_str(&rest[..end]);
        at += end;
    }
    out
}

/// Behind the quoted piece or the letter that a text begins with.
fn past(text: &str) -> usize {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    match quote {
        // Twice, it stands for itself: two pieces, one after the other.
        Some(quote) => text[1..].find(quote).map_or(text.len(), |at| at + 2),
        None => text.chars().next().map_or(text.len(), char::len_utf8),
    }
}

/// The list of casts for the cast of a list that a text begins with, and where that ends.
fn whole_cast(text: &str) -> Option<(String, usize)> {
    const OPEN: &str = "(ARRAY[";
    let inside = text.strip_prefix(OPEN)?;
    let (mut at, mut depth, mut begins, mut elements) = (0, 0_usize, 0, Vec::new());
    let end = loop {
        match inside.as_bytes().get(at)? {
            b'[' | b'(' => depth += 1,
            b']' if depth == 0 => break at,
            b']' | b')' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                elements.push(inside[begins..at].trim());
                begins = at + 1;
            }
            _ => {}
        }
        at += past(&inside[at..]);
    };
    elements.push(inside[begins..end].trim());
    let behind = inside[end..].strip_prefix("])::")?;
    let close = behind.find("[]")?;
    let of = &behind[..close];
    let is_type = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '"' | '(' | ')' | ',');
    if of.is_empty() || !of.chars().all(is_type) {
        return None;
    }
    let cast: Vec<_> = elements.iter().map(|element| format!("({})::{of}", settled(element))).collect();
    let length = OPEN.len() + end + "])::".len() + close + "[]".len();
    Some((format!("ARRAY[{}]", cast.join(", ")), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_cast_as_a_whole_reads_like_a_list_of_casts() {
        for (made, copied) in [
            (
                "CHECK (((status)::text = ANY ((ARRAY['active'::character varying, 'it''s, [x]'::character varying])::text[])))",
                "CHECK (((status)::text = ANY (ARRAY[('active'::character varying)::text, ('it''s, [x]'::character varying)::text])))",
            ),
            ("(ARRAY[a, (b + 1)])::numeric(4,2)[]", "ARRAY[(a)::numeric(4,2), ((b + 1))::numeric(4,2)]"),
        ] {
            assert_eq!(settled(made), copied);
            assert_eq!(settled(copied), copied, "and stays");
        }
        for other in [
            "'(ARRAY[a])::text[]' || \"(ARRAY[a])::text[]\"",
            "(ARRAY[a])",
            "(ARRAY[a])::text",
            "(ARRAY[a",
            "(ARRAY[a)])::text[]",
            "CHECK ((ä = 'ö'::text))",
            "'open",
        ] {
            assert_eq!(settled(other), other);
        }
    }
}
