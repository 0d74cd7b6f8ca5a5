//! The fleet in segments: each living tenant once, by what is most wrong with it.

use neo::tenants::Counts;

use crate::ui::{Mark, Segment};

/// For the dashboard and the list alike. What is rare is only named where it is.
pub fn segments(counts: &Counts) -> Vec<Segment> {
    let part = |word: &str, mark, count, query: &str| Segment::new(word, mark, count).href(format!("/tenants?{query}"));
    let mut segments = vec![
        part("current", Mark::Ok, counts.current, "status=active&state=current"),
        part("behind", Mark::Behind, counts.behind, "behind=latest"),
        part("failed", Mark::Failed, counts.failed, "state=failed"),
    ];
    let rare = [
        part("drifted", Mark::Drifted, counts.drifted, "state=drifted"),
        part("unreachable", Mark::Failed, counts.unreachable, "state=unreachable"),
        part("suspended", Mark::Paused, counts.suspended, "status=suspended"),
        part("archived", Mark::Cancelled, counts.archived, "status=archived"),
        part("provisioning", Mark::Running, counts.provisioning, "status=provisioning"),
    ];
    segments.extend(rare.into_iter().filter(|segment| segment.count > 0));
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_holds_every_tenant_that_is_counted() {
        let counts = Counts {
            total: 36,
            current: 1,
            behind: 2,
            failed: 3,
            drifted: 4,
            unreachable: 5,
            suspended: 6,
            archived: 7,
            provisioning: 8,
            quarantined: 9,
        };
        assert_eq!(segments(&counts).iter().map(|segment| segment.count).sum::<i64>(), counts.total);
    }
}
