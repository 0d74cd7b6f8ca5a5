//! The frame around every page: the document's head, the bar on top, the navigation beside it.

use leptos::config::LeptosOptions;
use leptos::hydration::HydrationScripts;
use leptos::prelude::*;

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Dashboard,
    Tenants,
    Migrations,
    Runs,
    Servers,
    Admins,
    Account,
}

impl Nav {
    const WORK: [Nav; 5] = [Nav::Dashboard, Nav::Tenants, Nav::Migrations, Nav::Runs, Nav::Servers];
    const PLATFORM: [Nav; 2] = [Nav::Admins, Nav::Account];

    fn text(self) -> &'static str {
        match self {
            Nav::Dashboard => "Dashboard",
            Nav::Tenants => "Tenants",
            Nav::Migrations => "Migrations",
            Nav::Runs => "Runs",
            Nav::Servers => "Servers",
            Nav::Admins => "Admins",
            Nav::Account => "Account",
        }
    }

    fn href(self) -> &'static str {
        match self {
            Nav::Dashboard => "/",
            Nav::Tenants => "/tenants",
            Nav::Migrations => "/migrations",
            Nav::Runs => "/runs",
            Nav::Servers => "/servers",
            Nav::Admins => "/admins",
            Nav::Account => "/account",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Crumb {
    pub text: String,
    pub href: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub role: Option<String>,
}

/// Everything the frame shows.
#[derive(Debug, Clone)]
pub struct Shell {
    pub title: String,
    /// None: a page without navigation.
    pub nav: Option<Nav>,
    pub crumbs: Vec<Crumb>,
    pub environment: String,
    pub production: bool,
    pub host: String,
    pub person: Option<Person>,
    pub theme: Option<&'static str>,
    pub density: Option<&'static str>,
    pub scripts: bool,
    /// Without scripts, the page asks for itself again after so many seconds.
    pub refresh: Option<u32>,
    /// Where the site's files are: `/assets/3f2b8c1e0000`.
    pub assets: String,
}

#[component]
pub fn Frame(shell: Shell, children: Children) -> impl IntoView {
    let Shell { title, nav, crumbs, environment, production, host, person, theme, density, scripts, refresh, assets } =
        shell;
    let options =
        LeptosOptions::builder().output_name("neo").site_pkg_dir(assets.trim_start_matches('/').to_owned()).build();
    let body = match nav {
        None => view! {
            <main class="sign">
                <p class="where"><b>"Neo"</b>" "{environment.to_uppercase()}" · "{host}</p>
                {children()}
            </main>
        }
        .into_any(),
        Some(nav) => view! {
            <header class="top">
                <span class="env">"Neo "<span class="muted">{environment.to_uppercase()}</span></span>
                <nav aria-label="Breadcrumb">
                    <ol>
                        {crumbs
                            .into_iter()
                            .map(|crumb| view! { <li><a href=crumb.href>{crumb.text}</a></li> })
                            .collect_view()}
                        <li aria-current="page">{title.clone()}</li>
                    </ol>
                </nav>
                {person.map(|person| view! { <a class="person" href="/account">{person.name}</a> })}
                <form method="post" action="/sign-out"><button class="quiet">"Sign out"</button></form>
            </header>
            <div class="frame">
                <nav class="side" aria-label="Main">
                    {entries(&Nav::WORK, nav)}<h2>"Platform"</h2>{entries(&Nav::PLATFORM, nav)}
                </nav>
                <main id="main">{children()}</main>
            </div>
        }
        .into_any(),
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-density=density>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>{format!("{title} · Neo")}</title>
                <link rel="stylesheet" href=format!("{assets}/neo.css") />
                {refresh
                    .map(|seconds| {
                        view! { <noscript><meta http-equiv="refresh" content=seconds.to_string() /></noscript> }
                    })}
                {scripts.then(|| view! { <HydrationScripts options islands=true /> })}
            </head>
            <body>{production.then(|| view! { <div class="prod" role="presentation"></div> })} {body}</body>
        </html>
    }
}

fn entries(entries: &[Nav], current: Nav) -> impl IntoView + use<> {
    entries
        .iter()
        .map(|nav| {
            let here = (*nav == current).then_some("page");
            view! { <a href=nav.href() aria-current=here>{nav.text()}</a> }
        })
        .collect_view()
}
