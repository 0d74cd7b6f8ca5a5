//! Characters that nobody sees: those that control a terminal, part lines, turn the direction of writing, or take no room (by
//! their properties in Unicode, not by a list of ours). A name could pass for another with them, and a text for what it is not.
//!
//! Some are needed: a joiner in Persian or in an Indic script changes how its neighbours are written, and one in an emoji makes one
//! picture of several. Where they do so they are as good as seen.

use icu_properties::props::{
    CanonicalCombiningClass, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic, GeneralCategory,
    JoiningType, PrependedConcatenationMark,
};
use icu_properties::{CodePointMapData, CodePointSetData};

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
/// Whether the picture before it is one of text or of colour.
const STYLES: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];
/// What makes a key of the digit before it.
const KEYCAP: char = '\u{20e3}';
/// A pattern of Braille without a dot, which no property tells from the others.
const BLANK_BRAILLE: char = '\u{2800}';
/// So many marks between two letters are passed over: more are no word.
const MARKS: usize = 8;

/// The characters of a text, each with whether it is seen where it stands. Line feeds and tabs are not: whoever keeps lines says so.
pub fn seen(text: &str) -> impl Iterator<Item = (char, bool)> + '_ {
    text.char_indices().map(|(at, c)| {
        let is_seen = match c {
            ' '..='~' => true,
            NON_JOINER | JOINER => joins(&text[..at], c, &text[at + c.len_utf8()..]),
            c if STYLES.contains(&c) => styles(&text[..at], &text[at + c.len_utf8()..]),
            c => !takes_no_room(c),
        };
        (c, is_seen)
    })
}

/// Whether every character is seen where it stands.
pub fn is_seen(text: &str) -> bool {
    seen(text).all(|(_, is_seen)| is_seen)
}

fn takes_no_room(c: char) -> bool {
    let is_format = match CodePointMapData::<GeneralCategory>::new().get(c) {
        GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => true,
        // Signs of Arabic and Syriac that are written around the number which follows.
        GeneralCategory::Format => !CodePointSetData::new::<PrependedConcatenationMark>().contains(c),
        _ => false,
    };
    is_format || c == BLANK_BRAILLE || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a joiner changes how what stands around it is written: beside a sign that takes a vowel away (Indic scripts), between
/// two letters of a script that is joined (Arabic's, Syriac's, Mongolian), or between two pictures.
fn joins(before: &str, joiner: char, after: &str) -> bool {
    let class = CodePointMapData::<CanonicalCombiningClass>::new();
    let is_virama = |c: Option<char>| c.is_some_and(|c| class.get(c) == CanonicalCombiningClass::Virama);
    if is_virama(before.chars().next_back()) || is_virama(after.chars().next()) {
        return true;
    }
    let kinds = CodePointMapData::<JoiningType>::new();
    let kind = |c: &char| kinds.get(*c);
    let is_letter = |c: Option<char>| {
        let of = c.as_ref().map(kind);
        matches!(of, Some(JoiningType::DualJoining | JoiningType::RightJoining | JoiningType::LeftJoining))
    };
    let is_mark = |c: &char| kind(c) == JoiningType::Transparent;
    let first_of = |chars: &mut dyn Iterator<Item = char>| chars.take(MARKS).find(|c| !is_mark(c));
    if is_letter(first_of(&mut before.chars().rev())) && is_letter(first_of(&mut after.chars())) {
        return true;
    }
    let is_worn = |c: &char| STYLES.contains(c) || CodePointSetData::new::<EmojiModifier>().contains(*c);
    let picture = before.chars().rev().take(MARKS).find(|c| !is_worn(c));
    joiner == JOINER && is_picture(picture) && is_picture(after.chars().next())
}

fn styles(before: &str, after: &str) -> bool {
    let base = before.chars().next_back();
    let is_key = base.is_some_and(|c| c.is_ascii_digit() || matches!(c, '#' | '*')) && after.starts_with(KEYCAP);
    is_key || is_picture(base)
}

fn is_picture(c: Option<char>) -> bool {
    c.is_some_and(|c| CodePointSetData::new::<ExtendedPictographic>().contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_no_room_is_not_seen_wherever_it_stands() {
        let unseen = "\0\u{1b}\u{7f}\u{80}\u{9b}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{200b}\u{200e}\u{2028}\u{2029}\
            \u{202e}\u{2060}\u{2066}\u{206f}\u{2800}\u{3164}\u{fe00}\u{fe0d}\u{feff}\u{ffa0}\u{fff0}\u{fff9}\u{fffb}\u{13430}\u{1d173}\u{e0001}\
            \u{e0041}\u{e007f}\u{e0100}\u{e01ef}";
        for c in unseen.chars() {
            for text in [format!("ad{c}min"), format!("葛{c}城"), format!("{c}")] {
                let found: Vec<_> = seen(&text).filter(|(_, is_seen)| !is_seen).map(|(c, _)| c).collect();
                assert_eq!(found, [c], "{:x}", u32::from(c));
            }
        }
    }

    #[test]
    fn letters_of_all_scripts_their_marks_and_pictures_are_seen() {
        for text in [
            "Zoë O'Neill-Ağaoğlu, Đỗ Thị Hà \u{1e9e}",
            "e\u{301} a\u{328}",
            "Ελένη Ольга 王小明 きょうこ 김철수 שלום עולם",
            "محمد عبد\u{a0}الله",
            "\u{600}123 \u{6dd}1 \u{110bd}x",
            "สมชาย ភាសា ကမ္ဘာ",
            "★ ✓ ☎ 👍🏽 🇩🇪 \u{fffd} \u{3000}",
        ] {
            assert!(is_seen(text), "{text:?}");
        }
    }

    #[test]
    fn a_joiner_is_seen_where_it_makes_a_difference() {
        for text in [
            "علی\u{200c}رضا",
            "کار\u{200c}ها",
            "مُ\u{200c}ّی",
            "क\u{94d}\u{200d}ष",
            "क\u{94d}\u{200c}ष",
            "ශ\u{dca}\u{200d}රී",
            "র\u{200d}\u{9cd}যাব",
            "👩\u{200d}💻",
            "👩🏽\u{200d}🚀",
            "❤\u{fe0f}\u{200d}🔥",
            "🏃\u{200d}♀\u{fe0f}",
            "☎\u{fe0e}",
            "1\u{fe0f}\u{20e3}",
        ] {
            assert!(is_seen(text), "{text:?}");
        }
        for text in [
            "ad\u{200c}min",
            "ad\u{200d}min",
            "а\u{200d}б",
            "\u{200d}",
            "a\u{fe0f}",
            "1\u{fe0f}",
            "علی\u{200c}\u{200c}رضا",
            "علی\u{200c}",
            "علی\u{200c}x",
            "👩\u{200c}💻",
            "👩\u{200d}x",
            "王\u{200d}明",
            "김\u{200c}철",
        ] {
            assert!(!is_seen(text), "{text:?}");
        }
    }

    #[test]
    fn a_long_row_of_them_is_looked_through_once() {
        let began = std::time::Instant::now();
        let text = "\u{200d}\u{300}".repeat(500_000);
        assert_eq!(seen(&text).filter(|(_, is_seen)| *is_seen).count(), 500_000);
        assert!(began.elapsed() < std::time::Duration::from_secs(20));
    }
}
