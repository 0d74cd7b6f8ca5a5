//! The whole document: head, top bar, sidebar, breadcrumb, and the page in the middle.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::islands::Console;
use crate::islands::mark::SPRITE;

/// What the frame shows about a page and about who looks at it.
#[derive(Debug, Clone, Default)]
pub struct Shell {
    pub title: String,
    /// Said before the title of the window: so much wants somebody.
    pub troubles: usize,
    /// Under which entry of the sidebar; none for pages without navigation: sign-in, set-up.
    pub nav: Option<Nav>,
    /// The entries of the sidebar that are not for this person.
    pub closed: Vec<Nav>,
    /// Its keyboard has a ⌘.
    pub mac: bool,
    /// The steps before this page.
    pub crumbs: Vec<Crumb>,
    /// `development`, `staging`, `production`: named in the top bar.
    pub environment: String,
    /// Production has its striped edge.
    pub production: bool,
    /// As configured: `central.example.com`.
    pub host: String,
    pub person: Option<Person>,
    /// `light`, `dark`, or as the system says.
    pub theme: Option<&'static str>,
    /// `compact`, `touch`, or the usual.
    pub density: Option<&'static str>,
    /// Times are told in the browser's own zone as well: `local`.
    pub zone: Option<&'static str>,
    pub scripts: bool,
    /// The script that asks for passkeys.
    pub passkeys: bool,
    /// Without scripts the page is looked at again after so many seconds.
    pub refresh: Option<u32>,
    /// The page leads on to this at once.
    pub onward: Option<String>,
    /// Where the site's files are: `/assets/3f2b8c1e0000`.
    pub assets: String,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub role: Option<String>,
}

/// One step of the breadcrumb.
#[derive(Debug, Clone)]
pub struct Crumb {
    pub text: String,
    pub href: Option<String>,
}

/// The entries of the sidebar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Dashboard,
    Tenants,
    Migrations,
    Runs,
    Servers,
    Backups,
    Windows,
    Channels,
    Admins,
    Audit,
    Doctor,
    Keys,
    Account,
    /// Under none of them: what is not there, or not for this person.
    Elsewhere,
}

const FLEET: [(Nav, &str, &str); 6] = [
    (Nav::Dashboard, "Dashboard", "/"),
    (Nav::Tenants, "Tenants", "/tenants"),
    (Nav::Migrations, "Migrations", "/migrations"),
    (Nav::Runs, "Runs", "/runs"),
    (Nav::Servers, "Servers", "/servers"),
    (Nav::Backups, "Backups", "/backups"),
];
const PLATFORM: [(Nav, &str, &str); 7] = [
    (Nav::Windows, "Windows", "/windows"),
    (Nav::Channels, "Channels", "/channels"),
    (Nav::Admins, "Admins", "/admins"),
    (Nav::Audit, "Audit", "/audit"),
    (Nav::Doctor, "Doctor", "/doctor"),
    (Nav::Keys, "Keys", "/keys"),
    (Nav::Account, "Account", "/account"),
];

/// The page that a link leads to is asked for as soon as it is pressed down, and not before: nothing old is shown, and nobody is
/// asked in vain. What looks anew each time (a check, the doctor), what is a file and what is asked in place is left alone.
const AHEAD: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":["/api/*","/events/*","/*/export*","/doctor\\?*","/*\\?*check=*"]}},{"not":{"selector_matches":"[download], [data-ask]"}}]},"eagerness":"conservative"}]}"#;

/// A page that is left before its transition has ended says so in a promise that nobody asked for.
const UNHEARD: &str = "for(const on of['pageswap','pagereveal'])addEventListener(on,({viewTransition:t})=>t&&[t.ready,t.finished,t.updateCallbackDone].forEach(p=>p.catch(()=>{})))";

/// From `<!DOCTYPE html>` to `</html>`. The children are what stands in `<main>`.
#[component]
pub fn Frame(shell: Shell, children: Children) -> impl IntoView {
    let edge = shell.production.then(|| view! { <div class="prod" role="presentation"></div> });
    let body = match shell.nav {
        Some(nav) => view! {
            <a class="skip" href="#main">"Skip to content"</a>
            {edge}
            <header class="top">
                <details class="drawer">
                    <summary aria-label="Menu"><span aria-hidden="true">"☰"</span></summary>
                    <div class="over"><Places nav=nav shell=shell.clone() label="Menu" /></div>
                </details>
                <a class="env" href="/">"Neo "<span class="muted">{shell.environment.clone()}</span></a>
                {crumbs(&shell)}
                <Console mac=shell.mac />
                {shell
                    .person
                    .clone()
                    .map(|person| {
                        let title = person.role.map_or_else(|| person.email.clone(), |role| format!("{}, {role}", person.email));
                        view! { <a class="who" href="/account" title=title>{person.name}</a> }
                    })}
            </header>
            <div class="frame">
                <div class="side"><Places nav=nav shell=shell.clone() label="Main" /></div>
                <main id="main" tabindex="-1">{children()}</main>
            </div>
        }
        .into_any(),
        None => view! {
            {edge}
            <main class="sign">
                <div>
                    <p class="where"><b>"Neo"</b>" "{shell.environment.clone()}" · "{shell.host.clone()}</p>
                    {children()}
                </div>
            </main>
        }
        .into_any(),
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=shell.theme data-density=shell.density data-zone=shell.zone>
            {head(&shell)}
            <body>
                <svg class="sprite" width="0" height="0" aria-hidden="true" inner_html=SPRITE></svg>
                {body}
            </body>
        </html>
    }
}

fn head(shell: &Shell) -> impl IntoView + use<> {
    let file = |name: &str| format!("{}/{name}", shell.assets);
    let scripts = shell.scripts.then(|| {
        view! {
            <link rel="preload" href=file("neo.wasm") r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
            <script type="module" src=file("neo.js") nonce=use_nonce()></script>
        }
    });
    let ahead = (shell.scripts && shell.nav.is_some()).then(|| {
        view! {
            <script nonce=use_nonce() inner_html=UNHEARD></script>
            <script type="speculationrules" nonce=use_nonce() inner_html=AHEAD></script>
        }
    });
    let passkeys =
        shell.passkeys.then(|| view! { <script type="module" src=file("passkey.js") nonce=use_nonce()></script> });
    let title = match shell.troubles {
        0 => format!("{} · Neo", shell.title),
        n => format!("({n}) {} · Neo", shell.title),
    };
    let refresh = shell.refresh.map(|seconds| {
        view! { <noscript><meta http-equiv="refresh" content=seconds.to_string() /></noscript> }
    });
    let onward =
        shell.onward.as_ref().map(|url| view! { <meta http-equiv="refresh" content=format!("0; url={url}") /> });
    view! {
        <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>{title}</title>
            <meta name="color-scheme" content="light dark" />
            <link rel="preload" href=file("fonts/next.woff2") r#as="font" r#type="font/woff2" crossorigin="anonymous" />
            <link rel="stylesheet" href=file("neo.css") />
            <link rel="icon" type="image/svg+xml" href=file("favicon.svg") />
            {refresh}
            {onward}
            {ahead}
            {scripts}
            {passkeys}
        </head>
    }
    .into_any()
}

fn crumbs(shell: &Shell) -> impl IntoView + use<> {
    let steps = shell
        .crumbs
        .iter()
        .cloned()
        .map(|crumb| match crumb.href {
            Some(href) => view! { <li><a href=href>{crumb.text}</a></li> }.into_any(),
            None => view! { <li>{crumb.text}</li> }.into_any(),
        })
        .collect_view();
    let title = shell.title.clone();
    view! {
        <nav class="crumbs" aria-label="Breadcrumb"><ol>{steps}<li aria-current="page">{title}</li></ol></nav>
    }
    .into_any()
}

/// The sidebar, which is the drawer on narrow screens.
#[component]
fn Places(nav: Nav, shell: Shell, label: &'static str) -> impl IntoView {
    let link = move |(place, name, href): (Nav, &'static str, &'static str)| {
        view! { <a href=href aria-current=(place == nav).then_some("page")>{name}</a> }
    };
    let open = |(place, ..): &(Nav, &str, &str)| !shell.closed.contains(place);
    let fleet = FLEET.into_iter().filter(open).map(link).collect_view();
    let platform = PLATFORM.into_iter().filter(open).map(link).collect_view();
    view! {
        <nav class="places" aria-label=label>
            {fleet}
            <h2>"Platform"</h2>
            {platform}
        </nav>
        <details class="look">
            <summary>"Look"</summary>
            <form method="post" action="/preferences">
                <Switch name="theme" label="Theme" options=&["system", "light", "dark"] now=shell.theme.unwrap_or("system") />
                <Switch name="density" label="Rows" options=&["usual", "compact", "touch"] now=shell.density.unwrap_or("usual") />
                <Switch name="zone" label="Times" options=&["UTC", "local"] now=shell.zone.unwrap_or("UTC") />
            </form>
        </details>
        <form method="post" action="/sign-out" class="leave"><button type="submit" class="quiet">"Sign out"</button></form>
    }
    .into_any()
}

/// Buttons that each post their own value: one press, no scripts.
#[component]
fn Switch(
    name: &'static str,
    label: &'static str,
    options: &'static [&'static str],
    now: &'static str,
) -> impl IntoView {
    let buttons = options
        .iter()
        .map(|option| {
            let pressed = if *option == now { "true" } else { "false" };
            view! { <button type="submit" name=name value=*option aria-pressed=pressed>{*option}</button> }
        })
        .collect_view();
    view! { <fieldset class="switch"><legend>{label}</legend>{buttons}</fieldset> }.into_any()
}
