//! An advice on a page: its words, and links to where what it names is done.

use leptos::prelude::*;
use neo::error::advice::Part;
use neo::error::advice::Resolve;
use neo::error::{Advice, Do};

use crate::query::{Query, segment};

/// As it stands among other words.
pub fn view(advice: &Advice) -> AnyView {
    parts(advice, str::to_owned)
}

/// As a sentence of its own.
pub fn sentence(advice: &Advice) -> AnyView {
    view! { {parts(advice, capitalised)}"." }.into_any()
}

/// `begin`: what becomes of its first words.
fn parts(advice: &Advice, begin: impl Fn(&str) -> String) -> AnyView {
    let part = |(at, part): (usize, &Part)| {
        let (text, href) = match part {
            Part::Words(words) => (words.clone(), None),
            Part::Do(act) => (act.plain(), href(act)),
        };
        let text = if at == 0 { begin(&text) } else { text };
        match href {
            Some(href) => view! { <a href=href>{text}</a> }.into_any(),
            None => text.into_any(),
        }
    };
    advice.parts().iter().enumerate().map(part).collect_view().into_any()
}

/// The page where it is done, or where the button for it is. None where a person has to be asked, or the page is this one.
fn href(act: &Do) -> Option<String> {
    let tenant = |slug: &str, page: &str| Some(format!("/tenants/{}{page}", segment(slug)));
    let run = |number: i64, page: &str| Some(format!("/runs/{number}{page}"));
    let new_run = |slug: &String| Query::from([("keys", slug.as_str())]);
    match act {
        Do::ListTenants {} | Do::TenantsTagged {} => Some("/tenants".into()),
        Do::TenantsOn { server } => Some(Query::from([("server", server.as_str())]).href("/tenants")),
        Do::TenantsInQuarantine {} => Some(Query::from([("quarantined", "yes")]).href("/tenants")),
        Do::ShowTenant { tenant: slug } => tenant(slug, ""),
        Do::RetryTenant { tenant: slug } | Do::ReleaseTenant { tenant: slug } => {
            slug.as_ref().and_then(|slug| tenant(slug, ""))
        }
        Do::CleanUpTenant { tenant: slug } => tenant(slug, "/clean-up"),
        Do::MoveTenant { tenant: slug, server: _ } => tenant(slug, "/move"),
        Do::DropReplaced { tenant: slug } => tenant(slug, "/drop-replaced"),
        Do::DeleteTenant { tenant: slug } => tenant(slug, "/delete"),
        Do::RotateTenant { tenant } => Some(new_run(tenant).with("kind", "rotate").href("/runs/new")),
        Do::UnlockTenant { tenant: slug } => tenant(slug, "/unlock"),
        Do::TenantUsers { tenant: slug } => tenant(slug, "/users"),
        Do::MigrateTenant { tenant } => tenant.as_ref().map(|slug| new_run(slug).href("/runs/new")),
        Do::VerifyTenant { tenant } => {
            tenant.as_ref().map(|slug| new_run(slug).with("kind", "verify").href("/runs/new"))
        }
        Do::ResolveTenant { tenant: slug, how } => {
            let slug = slug.as_deref()?;
            let chosen = match how {
                Resolve::Look => "",
                Resolve::DropInvalid => "?how=drop_invalid",
                Resolve::Forget => "?how=forget",
            };
            Some(format!("/tenants/{}/resolve{chosen}", segment(slug)))
        }
        Do::ListBackups {} => Some("/backups".into()),
        Do::ListServers {} | Do::CheckServer { server: _ } => Some("/servers".into()),
        Do::SetServer { server } => Some(format!("/servers/{}/edit", segment(server))),
        Do::RotateServer { server } => Some(format!("/servers/{}/rotate-password", segment(server))),
        Do::ListRuns {} => Some("/runs".into()),
        Do::ShowRun { run: number } | Do::WatchRun { run: number } => run(*number, ""),
        Do::ResumeRun { run: number } => run(*number, "/resume"),
        Do::CancelRun { run: number } => run(*number, "/cancel"),
        Do::ListRequests {} => Some("/requests".into()),
        Do::ShowRequest { request } | Do::ApproveRequest { request } => Some(format!("/requests/{request}")),
        Do::ListAdmins {} => Some("/admins".into()),
        Do::Doctor {} => Some("/doctor".into()),
        Do::DoctorLocks {} => Some("/doctor?part=locks".into()),
        Do::KeyStatus {} => Some("/keys".into()),
        Do::ArchiveTenant {}
        | Do::AdoptTenant {}
        | Do::MakeMigration {}
        | Do::CreateCentralAdmin {}
        | Do::Serve {}
        | Do::GenerateKey {}
        | Do::RewrapKeys {}
        | Do::AskOperator {}
        | Do::GoPast {}
        | Do::Say { what: _ } => None,
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_where_the_rooms_say_that_it_is() {
        use crate::rooms::{doctor, keys, runs, servers, tenants};
        let tenant = || "a/b".to_owned();
        for (act, there) in [
            (Do::ListTenants {}, tenants::links::LIST.to_owned()),
            (Do::ShowTenant { tenant: tenant() }, tenants::links::one("a/b")),
            (Do::UnlockTenant { tenant: tenant() }, tenants::links::part("a/b", "unlock")),
            (Do::ResolveTenant { tenant: Some(tenant()), how: Resolve::Look }, tenants::links::part("a/b", "resolve")),
            (Do::SetServer { server: tenant() }, servers::links::edit("a/b")),
            (Do::RotateServer { server: tenant() }, servers::links::rotate_password("a/b")),
            (Do::ListRuns {}, runs::links::LIST.to_owned()),
            (Do::MigrateTenant { tenant: Some("acme".into()) }, format!("{}?keys=acme", runs::links::NEW)),
            (Do::RotateTenant { tenant: "acme".into() }, format!("{}?keys=acme&kind=rotate", runs::links::NEW)),
            (Do::ShowRun { run: 7 }, runs::links::one(7)),
            (Do::CancelRun { run: 7 }, runs::links::act(7, "cancel")),
            (Do::Doctor {}, doctor::links::PAGE.to_owned()),
            (Do::DoctorLocks {}, doctor::links::part("locks")),
            (Do::KeyStatus {}, keys::links::PAGE.to_owned()),
        ] {
            assert_eq!(href(&act), Some(there));
        }
    }

    #[test]
    fn what_a_page_can_do_is_a_link_and_what_it_cannot_is_said() {
        let advice = Advice::from("to go on: ")
            .act(Do::RetryTenant { tenant: Some("acme".into()) })
            .and("; or ")
            .act(Do::TenantsOn { server: "a b".into() });
        let html = sentence(&advice).to_html();
        let html = html.replace("<!>", "");
        assert_eq!(
            html,
            "To go on: <a href=\"/tenants/acme\">retry acme</a>; or <a href=\"/tenants?server=a+b\">the tenants on a b</a>."
        );
        let advice = Advice::operator("set LISTEN to a free address");
        assert_eq!(
            sentence(&advice).to_html().replace("<!>", ""),
            "Ask whoever runs Neo: set LISTEN to a free address."
        );
    }
}
