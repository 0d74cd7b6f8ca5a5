//! Who is told how a run stands: one message for each channel, whatever the number of tenants, with what failed by its cause.

use neo_model::{NoticeAbout, NoticeCause, NoticeKind, NoticeRun};

use super::{Cause, Kind, Run, Status, TaskCounts, found, store};
use crate::central::Conn;
use crate::error::Result;
use crate::notices::{Audience, MOST_CAUSES, Said, counted, grouped, in_one_line};

/// Tells of a run that has just entered its status. `why`: in the words of whoever had it stop, where that was no person.
pub(super) async fn tell(tx: &mut Conn, run: &Run, why: Option<&str>) -> Result<()> {
    let Some(kind) = kind(run, why) else { return Ok(()) };
    let audience = Audience::of(tx, kind).await?;
    for tag in audience.tags() {
        let counts = match &tag {
            Some(tag) => store::tasks::counts_with(tx, &run.id, tag).await?,
            None => run.tenants,
        };
        // What has nothing to do with a tag is not told to whoever is confined to it.
        let concerns = match kind {
            NoticeKind::Failed | NoticeKind::Provisioning | NoticeKind::Backup => counts.unsettled() > 0,
            _ => counts.total > 0,
        };
        if tag.is_some() && !concerns {
            continue;
        }
        // Why it stopped names and counts whomever it was about.
        let why = why.or(run.halt_reason.as_deref()).filter(|_| tag.is_none());
        let said = said(tx, run, (kind, counts), tag.as_deref(), why).await?;
        // The number of its newest event: should it end again, that is told again.
        let fact = format!("run:{}:{}", run.number, run.last_seq);
        audience.tell(tx, &fact, tag.as_deref(), said).await?;
    }
    Ok(())
}

/// What somebody is told of by it; of most there is nothing to be told.
fn kind(run: &Run, why: Option<&str>) -> Option<NoticeKind> {
    match (run.status, run.kind) {
        (Status::Failed | Status::Halted, Kind::Provision) => Some(NoticeKind::Provisioning),
        (Status::Failed | Status::Halted, Kind::Backup) => Some(NoticeKind::Backup),
        (Status::Failed, _) => Some(NoticeKind::Failed),
        (Status::Halted, _) => Some(NoticeKind::Halted),
        // Paused by a person: they know.
        (Status::Paused, _) => (run.gate.is_some() || why.is_some()).then_some(NoticeKind::Waiting),
        (Status::Succeeded | Status::Cancelled, Kind::Provision) => None,
        (Status::Succeeded | Status::Cancelled, _) => Some(NoticeKind::Finished),
        (Status::Planned | Status::Queued | Status::Running, _) => None,
    }
}

async fn said(
    tx: &mut Conn,
    run: &Run,
    (kind, counts): (NoticeKind, TaskCounts),
    tag: Option<&str>,
    why: Option<&str>,
) -> Result<Said> {
    let path = format!("/runs/{}", run.number);
    let causes = match counts.unsettled() {
        0 => Vec::new(),
        _ => found::by_cause(store::tasks::failures_with(tx, &run.id, tag).await?.into_iter()),
    };
    let more_causes = i64::try_from(causes.len().saturating_sub(MOST_CAUSES)).unwrap_or_default();
    let of_run = |cause: Cause| told(&path, cause);
    let told = NoticeRun {
        run: run.number,
        kind: run.kind,
        status: run.status,
        tenants: counts,
        ms: run.ms,
        actor: in_one_line(&run.actor),
        why: why.map(in_one_line),
    };
    let slug = if run.kind == Kind::Provision { store::tasks::first(tx, &run.id).await? } else { None };
    Ok(Said {
        title: title(run, kind, &counts, slug.as_deref()),
        run: Some(told),
        causes: causes.into_iter().take(MOST_CAUSES).map(of_run).collect(),
        more_causes,
        about: left(&counts, &path).into_iter().collect(),
        path,
        ..Said::default()
    })
}

/// Those that a worker which died had in its hands have no failure, and so no cause.
fn left(counts: &TaskCounts, path: &str) -> Option<NoticeAbout> {
    (counts.unknown > 0).then(|| NoticeAbout {
        name: counted(counts.unknown, "tenant"),
        text: "left by a worker that died: a rerun finds out what became of it".to_owned(),
        url: format!("{path}/rerun"),
    })
}

fn told(path: &str, cause: Cause) -> NoticeCause {
    NoticeCause {
        url: format!("{path}/rerun?cause={}", cause.fingerprint),
        fingerprint: cause.fingerprint,
        count: cause.count,
        category: cause.failure.category,
        code: cause.failure.code,
        message: in_one_line(&cause.failure.message),
        migration: cause.failure.migration,
        tenants: cause.tenants,
    }
}

/// In one line, and in Neo's own words.
fn title(run: &Run, kind: NoticeKind, counts: &TaskCounts, slug: Option<&str>) -> String {
    let number = run.number;
    let name = match (run.kind, slug) {
        (Kind::Provision, Some(slug)) => return format!("The provisioning of {slug} failed (run {number})"),
        (Kind::Provision, None) => return format!("A provisioning failed (run {number})"),
        (Kind::Migrate, _) => format!("Run {number}"),
        (Kind::Rollback, _) => format!("Rollback {number}"),
        (Kind::Verify, _) => format!("Verification {number}"),
        (Kind::Rotate, _) => format!("Renewal of passwords {number}"),
        (Kind::Backup, _) => format!("Backup {number}"),
    };
    let all = counted(counts.total, "tenant");
    let mut title = match (kind, run.status) {
        (_, Status::Halted) => format!("{name} halted"),
        (NoticeKind::Waiting, _) => format!("{name} waits for a person"),
        (NoticeKind::Finished, Status::Cancelled) => format!("{name} was cancelled"),
        (NoticeKind::Finished, _) => format!("{name} finished"),
        _ => format!("{name} failed"),
    };
    title.push_str(&match counts.unsettled() {
        0 => format!(": {all}"),
        n if run.status == Status::Failed => format!(": {} of {all}", grouped(n)),
        n => format!(": {} of {all} failed", grouped(n)),
    });
    if counts.queued > 0 {
        title.push_str(&format!(", {} not begun", grouped(counts.queued)));
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_left_by_a_dead_worker_is_told_of_with_the_way_on() {
        assert_eq!(left(&TaskCounts::default(), "/runs/7").map(|about| about.url), None);
        let counts = TaskCounts { unknown: 2, ..TaskCounts::default() };
        let about = left(&counts, "/runs/7").map(|about| (about.name, about.url));
        assert_eq!(about, Some(("2 tenants".to_owned(), "/runs/7/rerun".to_owned())));
    }
}
