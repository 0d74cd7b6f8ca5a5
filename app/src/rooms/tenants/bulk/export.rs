//! The list that an address chooses, as a file: CSV, or JSON as `neo tenant list --json` has it.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use neo::error::Error;
use neo::migrations::Set;
use neo::tenants;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::query::Query;
use crate::rooms::tenants::links;

pub async fn download(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    // A broken folder must not hide the tenants: what is pending is then unknown.
    let set = Set::load(&app.platform.config.tenant_migrations).await.ok();
    let filter = links::read(&query, set.as_ref().and_then(Set::latest))?;
    let found = tenants::all(&app.platform, &signed.actor, &filter).await?;
    let rows: Vec<_> = found.into_iter().map(|tenant| tenants::row(tenant, set.as_ref())).collect();
    let (kind, name, text) = match query.get("format").unwrap_or("csv") {
        "csv" => ("text/csv; charset=utf-8", "attachment; filename=\"tenants.csv\"", tenants::csv(&rows)),
        "json" => {
            let text = serde_json::to_string_pretty(&rows).map_err(Error::internal)?;
            ("application/json", "attachment; filename=\"tenants.json\"", text)
        }
        other => {
            let said = neo::error::printable(other);
            return Err(Error::invalid("format", format!("\"{said}\" is not a format"))
                .hint("one of: csv, json")
                .into());
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, text).into_response())
}
