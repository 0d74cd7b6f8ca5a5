//! A tenant as it is printed for people; what programs get is [`Row`] and [`Detail`] themselves.

use crate::cli::print::{Printer, count, left_out, or_dash};
use crate::clock::rfc3339;
use crate::tenants::provision::StepState;
use crate::tenants::{Comparison, Detail, Row, Status, Verdict};

/// `neo tenant list`; of those in quarantine it is why, whose, and until when that matters.
pub fn list(printer: Printer, rows: &[Row], quarantined: bool) {
    let head = match quarantined {
        true => ["tenant", "name", "status", "server", "until", "owner", "reason", "id"],
        false => ["tenant", "name", "status", "server", "version", "pending", "tags", "id"],
    };
    printer.list(rows, &head, |row| {
        let [fifth, sixth, seventh] = match row.quarantine.as_ref().filter(|_| quarantined) {
            Some(q) => [rfc3339(q.until), q.owner.clone(), q.reason.clone()],
            None => [or_dash(row.version), or_dash(row.pending), row.tags.join(",")],
        };
        let [slug, name, server, id] = [&row.slug, &row.name, &row.server, &row.id].map(String::clone);
        vec![slug, name, row.status.to_string(), server, fifth, sixth, seventh, id]
    });
}

/// What is told of a tenant, line by line.
pub fn fields(row: &Row) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("id", row.id.clone()),
        ("slug", row.slug.clone()),
        ("name", row.name.clone()),
        ("status", row.status.to_string()),
        ("server", format!("{} ({})", row.server, row.engine.as_str())),
        ("database", row.database.clone()),
        ("version", or_dash(row.version)),
        ("pending", or_dash(row.pending)),
        ("state", row.state.to_string()),
        ("tags", row.tags.join(", ")),
        ("created", row.created_at.clone()),
    ];
    fields.extend(row.quarantine.as_ref().map(|q| ("quarantine", left_out(q))));
    fields.extend(row.last_run.map(|run| ("last run", run.to_string())));
    fields.extend(row.last_error.as_ref().map(|error| ("last error", error.clone())));
    fields
}

/// What came of holding its schema against the others', in words.
fn compared(schema: Comparison) -> String {
    let others = count(schema.agreeing, "tenant");
    match schema.verdict {
        Verdict::Alike => format!("the same on {others}"),
        Verdict::Drifted => format!("not what {others} have"),
        Verdict::NothingToCompareWith => "nothing to compare with".to_owned(),
        Verdict::NotLookedAt => "not looked at".to_owned(),
    }
}

/// `neo tenant show`.
pub fn detail(printer: Printer, detail: &Detail) {
    let row = &detail.row;
    let mut fields = fields(row);
    if !row.engine.is_file() {
        fields.push(("host", format!("{}:{}", detail.host, detail.port)));
        fields.push(("user", detail.user.clone()));
    }
    fields.extend(detail.replaced.as_ref().map(|before| {
        ("before", format!("{} on {}, kept since {}", before.database, before.server, rfc3339(before.since)))
    }));
    fields.push(("passwords", detail.password_hash.to_string()));
    fields.push(("schema", compared(detail.schema)));
    fields.extend(detail.drift.iter().map(|drift| ("differs", drift.differs.join(", "))));
    fields.extend(detail.lock.as_ref().map(|lock| {
        ("lock", lock.as_ref().map_or_else(|| "free".to_owned(), |lock| format!("held by {}", lock.holder)))
    }));
    fields.extend(detail.before.as_ref().map(|before| ("had before", before.to_string())));
    if row.status != Status::Active {
        let steps: Vec<_> = detail.steps.iter().map(|s| format!("{} {}", s.step.as_str(), s.state)).collect();
        fields.push(("steps", steps.join(", ")));
    }
    printer.one(detail, &fields);
}

/// The steps that have left something behind.
pub fn made(detail: &Detail) -> Vec<&'static str> {
    detail.steps.iter().filter(|s| s.state == StepState::Succeeded).map(|s| s.step.as_str()).collect()
}
