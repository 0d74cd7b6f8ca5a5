//! Tenants as a table that a spreadsheet reads.

use neo_model::TenantRow as Row;

use crate::audit;

const HEAD: [&str; 14] = [
    "slug",
    "name",
    "status",
    "state",
    "server",
    "engine",
    "database",
    "version",
    "pending",
    "tags",
    "last_error",
    "last_run",
    "verified_at",
    "created_at",
];

/// A head and a line for each, in CSV; keys as in JSON, tags with blanks between. What a spreadsheet would work out stands behind an
/// apostrophe.
pub fn csv(rows: &[Row]) -> String {
    let mut text = audit::csv_line(&HEAD) + "\n";
    for row in rows {
        let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
        let (version, pending, last_run) = (number(row.version), number(row.pending), number(row.last_run));
        let tags = row.tags.join(" ");
        let cells = [
            row.slug.as_str(),
            &row.name,
            row.status.as_str(),
            row.state.as_str(),
            &row.server,
            row.engine.as_str(),
            &row.database,
            &version,
            &pending,
            &tags,
            row.last_error.as_deref().unwrap_or_default(),
            &last_run,
            row.verified_at.as_deref().unwrap_or_default(),
            &row.created_at,
        ];
        text.push_str(&audit::csv_line(&cells));
        text.push('\n');
    }
    text
}
