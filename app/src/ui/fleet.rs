//! The fleet bar: how many tenants are in which state, as one row of segments, each a link to those tenants.

use leptos::prelude::*;

use super::{Mark, text};

/// One part of the fleet.
#[derive(Debug, Clone)]
pub struct Segment {
    /// `migrated`, `failed`, …: the word, and `data-segment`.
    pub word: String,
    pub mark: Mark,
    pub count: i64,
    /// Where these tenants are listed.
    pub href: Option<String>,
    /// Said after the word in the legend: `2 causes`.
    pub note: Option<String>,
}

impl Segment {
    pub fn new(word: impl Into<String>, mark: Mark, count: i64) -> Self {
        Self { word: word.into(), mark, count, href: None, note: None }
    }

    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    fn colour(&self) -> &'static str {
        match self.mark {
            Mark::Ok => "done",
            Mark::Queued | Mark::Paused => "rest",
            // Over, and nothing was done to it: neither done nor still to come.
            Mark::Skipped | Mark::Cancelled => "passed",
            other => other.class(),
        }
    }

    fn said(&self) -> String {
        format!("{} {}", text::number(self.count), self.word)
    }
}

/// Drawn in SVG, whose lengths are attributes: the content policy allows no inline style.
#[component]
pub fn FleetBar(segments: Vec<Segment>) -> impl IntoView {
    let segments: Vec<Segment> = segments.into_iter().filter(|segment| segment.count > 0).collect();
    let said = segments.iter().map(Segment::said).collect::<Vec<_>>().join(", ");
    let said = if said.is_empty() { "no tenants".to_owned() } else { said };
    let mut at = 0.0;
    let parts = widths(&segments)
        .into_iter()
        .zip(segments)
        .map(|(width, segment)| {
            let (x, said, word) = (at, segment.said(), segment.word.clone());
            at += width;
            let class = segment.colour();
            let bar = view! {
                <rect class=class x=format!("{x:.3}%") width=format!("{width:.3}%") height="12" data-segment=word>
                    <title>{said.clone()}</title>
                </rect>
            };
            match segment.href {
                Some(href) => view! { <a href=href aria-label=said>{bar}</a> }.into_any(),
                None => bar.into_any(),
            }
        })
        .collect_view();
    // A group and not an image: its parts can be visited.
    view! { <svg class="fleet" width="100%" height="12" role="group" aria-label=said>{parts}</svg> }
}

/// In percent of the bar, none too narrow to be seen: 3 failed of 10,000 are what one looks for.
fn widths(segments: &[Segment]) -> Vec<f64> {
    const LEAST: f64 = 1.0;
    let total = segments.iter().map(|segment| segment.count).sum::<i64>().max(1) as f64;
    let wanted: Vec<f64> = segments.iter().map(|segment| (segment.count as f64 * 100.0 / total).max(LEAST)).collect();
    let sum: f64 = wanted.iter().sum();
    wanted.into_iter().map(|width| width * 100.0 / sum).collect()
}

/// The same counts in words, with the figures large.
#[component]
pub fn Legend(
    segments: Vec<Segment>,
    /// Further figures: `("1m 40s", "left, of 4m 31s")`.
    #[prop(optional)]
    more: Vec<(String, String)>,
) -> impl IntoView {
    let items = segments
        .into_iter()
        .map(|segment| {
            let class = match (segment.count, segment.mark) {
                (0, _) => "",
                (_, Mark::Failed) => "bad",
                (_, Mark::Running) => "run",
                _ => "",
            };
            let words = match &segment.note {
                Some(note) => format!("{}, {note}", segment.word),
                None => segment.word.clone(),
            };
            let figure = text::number(segment.count);
            let inside = view! { <b data-count=segment.word.clone()>{figure}</b>{words} };
            match segment.href.filter(|_| segment.count > 0) {
                Some(href) => view! { <li class=class><a href=href>{inside}</a></li> }.into_any(),
                None => view! { <li class=class>{inside}</li> }.into_any(),
            }
        })
        .collect_view();
    let more = more.into_iter().map(|(figure, words)| view! { <li><b>{figure}</b>{words}</li> }).collect_view();
    view! { <ul class="legend">{items}{more}</ul> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_failed_of_many_are_still_seen() {
        let widths = widths(&[Segment::new("migrated", Mark::Ok, 9_997), Segment::new("failed", Mark::Failed, 3)]);
        assert!(widths[1] > 0.9, "{widths:?}");
        assert!((widths.iter().sum::<f64>() - 100.0).abs() < 1e-6);
    }
}
