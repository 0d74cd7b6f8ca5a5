//! The table of pages from outside: each row by every role and through every door. The router is made of the same table, so none is left out.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use neo::actor::{Actor, Confinement, Leave, Role};
use neo::channels::NewChannel;
use neo::runs::{self, Goal, Policy};
use neo::tenants::Filter;
use neo::tokens::{self, Lifetime, NewToken};
use neo_app::page::route::{Route, Whom};
use neo_model::{ChannelKind, NoticeKind};
use secrecy::ExposeSecret;

use crate::console::browser::{Browser, PASSWORD, Page};
use crate::console::known::age;
use crate::console::{signed_in, tenant};
use crate::world::World;

const CENTRAL: &str = "central.localhost:3000";
/// Where a password is asked for, a wrong one is 401 as well.
const AGAIN: &str = "/reauthenticate";
/// What these are about stands in the form.
const NAMED_IN_FORMS: [&str; 5] = [
    "/filters/remove",
    "/account/passkeys/remove",
    "/account/passkeys/rename",
    "/account/sessions/end",
    "/runs/{number}/skip",
];
/// What is there where an identity provider is set.
const OF_PROVIDER: &str = "/reauthenticate/provider";

/// What the rows' addresses name in a world.
struct Named {
    admin: String,
    token: String,
    version: String,
    backup: String,
    user: String,
}

impl Named {
    async fn of(world: &World) -> Self {
        tenant::provisioned(world).await;
        let new = neo::admins::NewAdmin {
            email: "target@example.com".into(),
            password: PASSWORD.into(),
            first_name: "Grace".into(),
            last_name: "Hopper".into(),
            role: Role::Superadmin,
        };
        let admin = neo::admins::create(&world.platform, &Actor::operator(), new).await.unwrap().id;
        let newest = neo::tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap().version.unwrap();
        let backup = crate::backups::backed_up(world).await;
        let address = "https://1.1.1.1/neo".to_owned().into();
        let (name, on) = ("local".to_owned(), vec![NoticeKind::Failed]);
        let channel = NewChannel { name, kind: ChannelKind::Webhook, address, on, tag: None };
        neo::channels::add(&world.platform, &Actor::operator(), channel).await.unwrap();
        let (from, to) = ("2099-01-01T00:00".into(), "2099-01-02T00:00".into());
        let window = neo::windows::NewWindow { name: "local".into(), from, to, ..Default::default() };
        neo::windows::add(&world.platform, &Actor::operator(), window).await.unwrap();
        let user = neo::tenant_users::one(&world.platform, &Actor::operator(), "acme", "grace@acme.example").await;
        Self {
            backup,
            user: user.unwrap().id,
            admin,
            token: token(world, &Actor::operator(), "kept", &[]).await.0,
            version: newest.to_string(),
        }
    }

    /// The row's address in this world.
    fn address(&self, row: &Route, token: &str) -> String {
        let id = if row.path.starts_with("/tokens") { token } else { &self.admin };
        // One takes back what one has asked for.
        let number = if row.path.ends_with("/decline") { "2" } else { "1" };
        let named = [
            ("slug", "acme"),
            ("number", number),
            ("name", "local"),
            ("id", id),
            ("version", &self.version),
            ("user", &self.user),
        ];
        let path =
            named.iter().fold(row.path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
        assert!(!path.contains('{'), "what is named in {path}?");
        match row.path.as_str() {
            "/runs/{number}/skip" if row.method == Method::GET => format!("{path}?tenant=acme"),
            "/backups/restore" if row.method == Method::GET => format!("{path}?file={}", self.backup),
            "/api/v1/runs/events" => format!("{path}?run=1"),
            _ => path,
        }
    }
}

async fn token(world: &World, maker: &Actor, name: &str, tags: &[&str]) -> (String, String) {
    let new = NewToken {
        name: name.into(),
        role: maker.role,
        lifetime: Lifetime::default(),
        confinement: Confinement { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), tenants: Vec::new() },
        networks: Vec::new(),
        allow_destructive: true,
        connect: false,
    };
    let (made, text) = tokens::create(&world.platform, maker, new).await.unwrap();
    (made.id, text.expose_secret().to_owned())
}

/// A request of somebody else's, and one of one's own.
async fn requests(world: &World, own: &Actor) {
    for (who, goal) in [(&Actor::operator(), Goal::Verify), (own, Goal::Backup)] {
        let asking = Actor { leave: Leave::Ask, ..who.clone() };
        let selection = Filter { keys: vec!["acme".into()], ..Filter::default() };
        let (policy, reason) = (Policy::default(), None);
        let request = runs::Request {
            goal,
            selection,
            policy,
            reason,
            confirm: None,
            expect: None,
            not_before: None,
            detached: true,
        };
        runs::start(&world.platform, &asking, request).await.unwrap_err();
    }
}

/// Asks as the row is asked, with something that no form of it has. Of a stream the beginning is enough.
async fn ask(browser: &Browser, row: &Route, address: &str, headers: &[(&str, &str)]) -> Page {
    let request = headers
        .iter()
        .fold(browser.request(row.method.as_str(), address), |request, (name, value)| request.header(*name, *value));
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Body::from("no=such"));
    let mut browser = browser.clone();
    if is_stream(row) {
        let response = browser.raw(request.unwrap()).await;
        if response.status() == StatusCode::OK {
            let (parts, _) = response.into_parts();
            return Page { status: parts.status, headers: parts.headers, text: String::new() };
        }
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        return Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        };
    }
    browser.send(request.unwrap()).await
}

fn is_stream(row: &Route) -> bool {
    row.path.starts_with("/events/") || row.path.ends_with("/events")
}

const OWN: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];

/// Nobody is in: a page leads to the sign-in, and everything else is 401.
#[track_caller]
fn assert_out(row: &Route, page: &Page, who: &str) {
    let what = format!("{} {} as {who}: {} {}", row.method, row.path, page.status, page.location());
    let is_page = row.method == Method::GET && !row.path.starts_with("/api/") && !row.path.starts_with("/events/");
    match is_page {
        true => assert!(page.status == StatusCode::SEE_OTHER && page.location().starts_with("/sign-in"), "{what}"),
        false => assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{what}"),
    }
}

#[tokio::test]
async fn every_page_is_for_whom_the_table_says_and_tells_others_nothing_else() {
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let world = World::new().await;
        let named = Named::of(&world).await;
        let browser = signed_in(&world, role).await;
        let me = neo::admins::find(&world.platform, &Actor::operator(), &format!("{role}@example.com")).await.unwrap();
        let maker = Actor { admin_id: Some(me.id), role, ..Actor::operator() };
        requests(&world, &maker).await;
        for (n, row) in neo_app::pages().into_iter().enumerate() {
            let Whom::May(permission) = row.whom else { continue };
            // A token of one's own: another's is not there for everybody.
            let (own, _) = token(&world, &maker, &format!("own-{n}"), &[]).await;
            let page = ask(&browser, &row, &named.address(&row, &own), &OWN).await;
            let status = page.status;
            let is_right = if role < permission.least_role() {
                status == StatusCode::FORBIDDEN && page.text.contains("may not")
            } else {
                let is_out = status == StatusCode::UNAUTHORIZED && !row.path.starts_with(AGAIN)
                    || page.location().starts_with("/sign-in");
                // What is named in a form is not there, since this form names nothing.
                let is_there = !NAMED_IN_FORMS.contains(&row.path.as_str()) && row.path != OF_PROVIDER;
                let is_lost = status == StatusCode::NOT_FOUND && is_there;
                let is_shut = matches!(status, StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED);
                !is_out && !is_lost && !is_shut && !status.is_server_error()
            };
            if !is_right {
                wrong.push(format!("{} {} as {role}: {status} {}", row.method, row.path, page.location()));
            }
            // A mark of the renderer's would be shown there: these hold text, whatever it looks like.
            for element in ["title", "textarea"] {
                let opened = format!("<{element}");
                let mut shown = page.text.split(&opened).skip(1).filter_map(|rest| rest.split("</").next());
                if shown.any(|text| text.contains("<!")) {
                    wrong.push(format!("{} {}: a mark in a {element}", row.method, row.path));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn nobody_and_no_program_is_shown_a_page() {
    let world = World::new().await;
    let named = Named::of(&world).await;
    let nobody = Browser::at(&world.platform, CENTRAL);
    let operator = Actor::operator();
    let bearers =
        [token(&world, &operator, "whole", &[]).await.1, token(&world, &operator, "confined", &["eu"]).await.1];
    for row in neo_app::pages() {
        let address = named.address(&row, &named.token);
        if row.whom == Whom::Anybody {
            let page = ask(&nobody, &row, &address, &OWN).await;
            assert!(page.status != StatusCode::FORBIDDEN && !page.status.is_server_error(), "{}", row.path);
            continue;
        }
        assert_out(&row, &ask(&nobody, &row, &address, &OWN).await, "nobody");
        // Where functions are, a program is let in: those tests are theirs.
        for bearer in bearers.iter().filter(|_| !row.path.starts_with("/api/v1/")) {
            let bearer = format!("Bearer {bearer}");
            let page = ask(&nobody, &row, &address, &[("authorization", &bearer), OWN[0]]).await;
            assert_out(&row, &page, "a program");
        }
    }
}

#[tokio::test]
async fn what_is_open_to_anybody_is_the_way_in_and_how_pages_look() {
    let open = |table: Vec<Route>| {
        let open = table.into_iter().filter(|row| row.whom == Whom::Anybody);
        open.map(|row| format!("{} {}", row.method, row.path)).collect::<Vec<_>>()
    };
    let ways_in = ["GET /sign-in", "POST /sign-in", "POST /sign-out"];
    let links = ["GET /password", "POST /password"];
    let second_step = [
        "GET /sign-in/code",
        "POST /sign-in/code",
        "GET /sign-in/enrol",
        "POST /sign-in/enrol",
        "POST /sign-in/enrol/confirm",
        "POST /sign-in/passkey/options",
        "POST /sign-in/passkey",
        "POST /sign-in/code/passkey/options",
        "POST /sign-in/code/passkey",
        "POST /sign-in/enrol/passkey/options",
        "POST /sign-in/enrol/passkey",
        "POST /sign-in/provider",
        "GET /sign-in/provider/callback",
        "GET /sign-in/provider/done",
    ];
    assert_eq!(
        open(neo_app::pages()),
        [&ways_in[..], &links, &second_step, &["GET /setup", "POST /setup", "POST /preferences"]].concat()
    );
    assert_eq!(open(neo_app::pages_of_tenants()), [&ways_in[..], &links, &["POST /preferences"]].concat());
}

#[tokio::test]
async fn a_tenants_user_is_shown_their_own_pages_and_no_other() {
    let world = World::new().await;
    let named = Named::of(&world).await;
    let mut grace = Browser::at(&world.platform, "acme.localhost:3000");
    grace.sign_in("grace@acme.example").await;
    let own = neo_app::pages_of_tenants();
    for row in neo_app::pages() {
        let address = named.address(&row, &named.token);
        if !own.iter().any(|own| own.path == row.path) {
            let page = ask(&grace, &row, &address, &OWN).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{} {}: {}", row.method, row.path, page.text);
        }
        if row.whom != Whom::Anybody {
            let stray = Browser { host: CENTRAL.into(), ..grace.clone() };
            assert_out(&row, &ask(&stray, &row, &address, &OWN).await, "a tenant's user");
        }
    }
    let ada = signed_in(&world, Role::Superadmin).await;
    for row in own.iter().filter(|row| row.whom != Whom::Anybody) {
        assert_eq!(row.whom, Whom::TenantUser, "{}", row.path);
        // The form says nothing: a password is refused, and to sign out everywhere ends this session too.
        let expected = match (&row.method, row.path.as_str()) {
            (&Method::GET, _) => StatusCode::OK,
            (_, "/account/password") => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::SEE_OTHER,
        };
        assert_eq!(ask(&grace, row, &row.path, &OWN).await.status, expected, "{}", row.path);
        assert_out(row, &ask(&grace.stranger(), row, &row.path, &OWN).await, "nobody");
        let stray = Browser { host: grace.host.clone(), ..ada.clone() };
        assert_out(row, &ask(&stray, row, &row.path, &OWN).await, "an admin");
    }
}

/// A form that another site sends along with somebody's cookie is not read, and neither is a stream.
#[tokio::test]
async fn no_other_site_has_anything_done() {
    let world = World::new().await;
    let named = Named::of(&world).await;
    let boss = signed_in(&world, Role::Superadmin).await;
    let foreign: [&[(&str, &str)]; 4] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://central.localhost:3000")],
        &[("origin", "http://acme.localhost:3000")],
    ];
    for row in neo_app::pages().into_iter().filter(|row| row.method == Method::POST || row.path.starts_with("/events/"))
    {
        for headers in foreign {
            let page = ask(&boss, &row, &named.address(&row, &named.token), headers).await;
            let refused = page.status == StatusCode::FORBIDDEN && page.text.contains("did not come from a page");
            assert!(refused, "{} {headers:?}: {} {}", row.path, page.status, page.text);
        }
    }
}

/// What weighs asks for the password again, before it reads what was typed.
#[tokio::test]
async fn what_weighs_asks_again_after_ten_minutes_and_nothing_else_does() {
    let world = World::new().await;
    let named = Named::of(&world).await;
    let boss = signed_in(&world, Role::Superadmin).await;
    age(&world.platform).await;
    let mut asked = 0;
    for row in neo_app::pages() {
        let Whom::May(permission) = row.whom else { continue };
        let page = ask(&boss, &row, &named.address(&row, &named.token), &OWN).await;
        // What was sent goes along through the proof, but what a passkey has signed: that is worth nothing later.
        let is_kept = page.text.contains(&format!("action=\"{AGAIN}\"")) && page.text.contains("quot;such&quot;");
        let asks = match row.method == Method::GET {
            true => page.status == StatusCode::SEE_OTHER && page.location().starts_with(AGAIN),
            false => page.status == StatusCode::FORBIDDEN && is_kept,
        };
        // A service may weigh more than its page: starting a run on the fleet.
        if permission.wants_recent_sign_in() {
            assert!(asks, "{} {}: {} {}", row.method, row.path, page.status, page.location());
            asked += 1;
        } else if row.method == Method::GET {
            assert!(!asks, "{}", row.path);
        }
    }
    assert!(asked > 10, "{asked}");
}

/// The addresses that stand beside `/things/{name}` are names of no things; what was called so before that was refused has its page
/// all the same.
#[tokio::test]
async fn no_name_is_given_that_leads_to_another_page() {
    let world = World::new().await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let before = tenant::provisioned(&world).await;
    crate::moving::other(&world).await;
    let rows = neo_app::pages();
    let beside = |folder: &str| {
        let names = rows.iter().filter_map(|row| row.path.strip_prefix(folder)?.strip_prefix('/'));
        let mut names: Vec<_> = names.filter(|name| !name.contains(['/', '{'])).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        names
    };
    // Everything else in such a place is an id or a number.
    let named = ["{slug}", "{name}"].map(|name| rows.iter().filter(|row| row.path.ends_with(name)).count());
    assert_eq!(
        (named, beside("/tenants"), beside("/servers"), beside("/channels"), beside("/windows")),
        ([1, 2], vec!["new".to_owned()], vec!["new".to_owned()], vec!["new".to_owned()], vec!["new".to_owned()])
    );
    for name in beside("/windows") {
        let (from, to) = ("2099-01-01T00:00".into(), "2099-01-02T00:00".into());
        let new = neo::windows::NewWindow { name, from, to, ..Default::default() };
        let error = neo::windows::add(platform, &operator, new).await.err().unwrap();
        assert_eq!((error.kind, error.field), (neo::error::Kind::Invalid, Some("name")), "{error}");
    }
    for name in beside("/channels") {
        let address = "https://1.1.1.1/neo".to_owned().into();
        let new = NewChannel { name, kind: ChannelKind::Webhook, address, on: vec![NoticeKind::Failed], tag: None };
        let error = neo::channels::add(platform, &operator, new).await.err().unwrap();
        assert_eq!((error.kind, error.field), (neo::error::Kind::Invalid, Some("name")), "{error}");
    }
    for name in beside("/tenants") {
        let new = neo::tenants::NewTenant { slug: name, ..Default::default() };
        let error = neo::tenants::check(platform, &operator, &new).await.err().unwrap();
        assert_eq!((error.kind, error.field), (neo::error::Kind::Invalid, Some("slug")), "{error}");
    }
    for name in beside("/servers") {
        let url = format!("sqlite://{}", world.dir.path().join("new").display()).into();
        let new = neo::servers::NewServer::from_url(&name, &url).unwrap();
        let added = neo::servers::add(platform, &operator, new).await;
        let changes = neo::servers::Changes { name: Some(name), ..Default::default() };
        let set = neo::servers::set(platform, &operator, "other", changes).await;
        for error in [added.err().unwrap(), set.err().unwrap()] {
            assert_eq!((error.kind, error.field), (neo::error::Kind::Invalid, Some("name")), "{error}");
        }
    }

    let mut tx = platform.central.write().await.unwrap();
    for called in ["update servers set name = 'new' where name = 'other'", "update tenants set slug = 'new'"] {
        sqlx::query(called).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let server = neo::servers::find(platform, &operator, "new").await.unwrap();
    let mut boss = signed_in(&world, Role::Superadmin).await;
    for (list, id, told) in
        [("/servers", &server.id, "<h1>new</h1>"), ("/tenants", &before.id, before.database.as_str())]
    {
        let page = boss.get(list).await.text;
        assert!(page.contains(&format!("href=\"{list}/%6Eew\"")), "{page}");
        for address in [format!("{list}/%6Eew"), format!("{list}/{id}")] {
            let page = boss.get(&address).await;
            assert!(page.status == StatusCode::OK && page.text.contains(told), "{address}: {}", page.text);
        }
    }
    let changes = neo::servers::Changes { max_connections: Some(7), ..Default::default() };
    neo::servers::set(platform, &operator, "new", changes).await.unwrap();
}
