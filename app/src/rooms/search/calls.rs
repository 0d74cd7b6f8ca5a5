//! What is found by its name; the palette and the server function ask the same.

use neo::error::Result;
use neo::tenants::{Filter, PageRequest};
use neo::{runs, tenants};
use neo_model::{Hit, HitKind};

use crate::door::Door;

const PAGES: [(&str, &str); 9] = [
    ("Dashboard", "/"),
    ("Tenants", "/tenants"),
    ("New tenant", "/tenants/new"),
    ("Migrations", "/migrations"),
    ("Runs", "/runs"),
    ("New run", "/runs/new"),
    ("Servers", "/servers"),
    ("Admins", "/admins"),
    ("Account", "/account"),
];

pub async fn search(door: &Door, q: &str) -> Result<Vec<Hit>> {
    let Door { platform, actor, .. } = door;
    let q: String = q.trim().chars().take(100).collect();
    let lower = q.to_lowercase();
    let named = PAGES.iter().filter(|(text, _)| text.to_lowercase().contains(&lower));
    let page = |(text, href): &(&str, &str)| Hit {
        kind: HitKind::Page,
        text: (*text).into(),
        detail: None,
        href: (*href).into(),
    };
    let mut hits: Vec<Hit> = named.map(page).collect();
    if q.is_empty() {
        return Ok(hits);
    }
    if let Ok(number) = lower.trim_start_matches("run").trim().trim_start_matches('#').parse::<i64>()
        && let Ok(run) = runs::find(platform, actor, number).await
    {
        let (text, href) = (format!("Run {number}"), format!("/runs/{number}"));
        hits.push(Hit { kind: HitKind::Run, text, detail: run.reason, href });
    }
    let filter = Filter { text: Some(q), ..Filter::default() };
    let request = PageRequest { limit: 8, ..PageRequest::default() };
    let found = tenants::list(platform, actor, &filter, &request).await?;
    hits.extend(found.tenants.into_iter().map(|tenant| Hit {
        kind: HitKind::Tenant,
        text: tenant.name,
        href: format!("/tenants/{}", tenant.slug),
        detail: Some(tenant.slug),
    }));
    Ok(hits)
}
