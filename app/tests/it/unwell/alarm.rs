//! From the alarm to green: what the dashboard counts, why something failed, who is on it, and the way out of it.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::runs::{self, Goal, Policy, Rerun, Wait};

use super::{anew, by_hand, fleet, migration, run, words};
use crate::console::browser::Browser;
use crate::console::signed_in;
use crate::world::World;

/// On `beta` somebody was there before, by hand.
async fn failed_on_beta(world: &World) -> i64 {
    migration(world, 2, "alter table contacts add column status text;");
    by_hand(world, "beta", "alter table contacts add column status text").await;
    run(world, Goal::Migrate { to: None }, anew()).await.number
}

async fn worked(world: &World, number: i64) {
    runs::work_on(&world.platform, number).await.unwrap();
}

fn title(html: &str) -> &str {
    html.split("<title>").nth(1).unwrap().split('<').next().unwrap()
}

#[tokio::test]
async fn the_dashboard_counts_what_wants_somebody_and_its_title_says_so() {
    let world = fleet().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let page = browser.get("/").await.text;
    assert_eq!(title(&page), "Dashboard · Neo");
    assert!(page.contains("id=\"board-needs\" data-live=\"\" data-again=\"10\""), "it is looked at by itself: {page}");
    let number = failed_on_beta(&world).await;
    // Whoever is merely behind is nobody's alarm.
    migration(&world, 3, "create table more (id int);");
    let page = browser.get("/").await.text;
    assert_eq!(title(&page), "(1) Dashboard · Neo");
    assert!(page.contains("Rerun 1 failed"), "{page}");

    // One whose file is away failed in the run as well, and is tried again with it: the button says how many that is.
    let corvus = neo::tenants::find(&world.platform, &Actor::operator(), "corvus").await.unwrap();
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", corvus.database));
    std::fs::rename(&file, file.with_extension("away")).unwrap();
    let again = run(&world, Goal::Migrate { to: None }, anew()).await;
    assert_eq!((again.tenants.failed, again.number > number), (2, true));
    let said = words(&mut browser, "/").await;
    assert!(said.contains(&format!("1 tenant failed in run {}", again.number)), "{said}");
    assert!(said.contains("1 tenant did not answer corvus"), "it is named: {said}");
    assert!(said.contains("Rerun 2 failed"), "{said}");
    assert_eq!(title(&browser.get("/").await.text), "(2) Dashboard · Neo");
    assert!(said.contains("2 failed in it: 1 did not answer, or was in a later run since."), "{said}");
    let said = words(&mut browser, &format!("/runs/{}/rerun", again.number)).await;
    assert!(said.contains("Rerun 2 failed?"), "{said}");
}

#[tokio::test]
async fn who_failed_again_in_a_later_run_is_counted_once_and_the_earlier_button_says_why_it_is_more() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    for slug in ["beta", "corvus"] {
        by_hand(&world, slug, "alter table contacts add column status text").await;
    }
    let all = run(&world, Goal::Migrate { to: None }, anew()).await.number;
    let one = neo::tenants::Filter { keys: vec!["beta".into()], ..Default::default() };
    let alone = super::run_on(&world, one, Goal::Migrate { to: None }, anew()).await.number;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let said = words(&mut browser, "/").await;
    for told in [
        format!("1 tenant failed in run {alone}"),
        format!("1 tenant failed in run {all}"),
        "2 failed in it: 1 did not answer, or was in a later run since.".to_owned(),
        "Rerun 2 failed".to_owned(),
        "Rerun 1 failed".to_owned(),
    ] {
        assert!(said.contains(&told), "no {told:?} in {said}");
    }
    assert_eq!(title(&browser.get("/").await.text), "(2) Dashboard · Neo");
    // Given up in its run, nobody is tried again there.
    runs::skip(&world.platform, &Actor::operator(), alone, &["beta".to_owned()], "its DBA looks").await.unwrap();
    let said = words(&mut browser, "/").await;
    assert!(said.contains(&format!("1 tenant failed in run {alone}")) && said.contains("See the run"), "{said}");
    assert!(!said.contains("Rerun 1 failed"), "{said}");
}

#[tokio::test]
async fn what_halted_is_told_however_many_runs_came_after_it() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    by_hand(&world, "beta", "alter table contacts add column status text").await;
    let halted = run(&world, Goal::Migrate { to: None }, super::canary()).await;
    assert_eq!(halted.status, runs::Status::Halted);
    for _ in 0..21 {
        let one = neo::tenants::Filter { keys: vec!["acme".into()], ..Default::default() };
        super::run_on(&world, one, Goal::Backup, Policy::default()).await;
    }
    let mut browser = signed_in(&world, Role::Support).await;
    let said = words(&mut browser, "/").await;
    assert!(said.contains(&format!("2 tenants were left in run {}, which halted", halted.number)), "{said}");
    // And it is found among the failed ones.
    let said = words(&mut browser, "/runs?status=failed%2Chalted").await;
    assert!(said.contains(&format!("Run {}", halted.number)) && !said.contains("Backup acme"), "{said}");
}

#[tokio::test]
async fn a_failure_says_what_it_means_and_leads_to_its_tenants_and_its_file() {
    let world = fleet().await;
    let number = failed_on_beta(&world).await;
    let mut support = signed_in(&world, Role::Support).await;
    let html = support.get(&format!("/runs/{number}")).await.text;
    for part in [
        "The file makes something that this database has already",
        "<a href=\"/tenants/beta\">beta</a>",
        "/migrations/20260101000002?file=20260101000002_change_2.up.sql&amp;line=1#line",
        "<mark>alter</mark>",
    ] {
        assert!(html.contains(part), "no {part:?} in {html}");
    }
    // Its log leads to the first error, and is taken along.
    let html = support.get(&format!("/runs/{number}?tenant=beta")).await.text;
    assert!(html.contains("href=\"#first-error\"") && html.matches("id=\"first-error\"").count() == 1, "{html}");
    let file =
        format!("href=\"/api/v1/runs/attempts?run={number}&amp;tenant=beta\" download=\"run-{number}-log.json\"");
    assert!(html.contains(&file), "{html}");
    // The tenant's own page says the same, and support reruns it there.
    let html = support.get("/tenants/beta").await.text;
    assert!(html.contains("The file makes something that this database has already"), "{html}");
    let rerun = format!("/runs/{number}/rerun?tenant=beta");
    let link = html.split("<a ").find(|link| link.contains(&format!("href=\"{rerun}\""))).expect("a way to rerun it");
    assert!(link.contains("data-ask") && link.contains(">Rerun<"), "{link}");
    assert!(words(&mut support, &rerun).await.contains("beta gets a new attempt"));
}

#[tokio::test]
async fn what_a_tenant_says_is_shown_as_it_is_and_is_nothing_else() {
    let world = fleet().await;
    let hostile =
        "create trigger t before insert on contacts begin select raise(abort, '<img src=x onerror=alert(1)>'); end";
    by_hand(&world, "beta", hostile).await;
    migration(&world, 2, "insert into contacts (id) values ('a');");
    let number = run(&world, Goal::Migrate { to: None }, anew()).await.number;
    let mut support = signed_in(&world, Role::Support).await;
    for path in
        [format!("/runs/{number}"), "/tenants/beta".to_owned(), "/".to_owned(), format!("/runs/{number}?tenant=beta")]
    {
        let html = support.get(&path).await.text;
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"), "{path}: {html}");
        assert!(!html.contains("<img"), "{path}: {html}");
    }
}

#[tokio::test]
async fn somebody_is_on_it_for_all_to_see_until_it_is_mended() {
    let world = fleet().await;
    let number = failed_on_beta(&world).await;
    let mut support = signed_in(&world, Role::Support).await;
    let mut ada = signed_in(&world, Role::Admin).await;
    let causes = runs::causes(&world.platform, &Actor::operator(), number).await.unwrap();
    let path = format!("/runs/{number}/acknowledge");
    assert!(support.get(&format!("/runs/{number}")).await.text.contains("I am on it…"));
    let form = [("cause", causes[0].fingerprint.as_str()), ("note", "their DBA <b>wakes</b>")];
    let taken = support.post(&path, &form).await;
    assert_eq!((taken.status, taken.location()), (StatusCode::SEE_OTHER, format!("/runs/{number}").as_str()));
    for path in ["/".to_owned(), format!("/runs/{number}")] {
        let html = ada.get(&path).await.text;
        assert!(html.contains("<strong>support@example.com</strong> is on it since"), "{path}: {html}");
        assert!(html.contains("their DBA &lt;b&gt;wakes&lt;/b&gt;"), "{path}: {html}");
    }
    // Handed over, to somebody that there is.
    let form = [("cause", causes[0].fingerprint.as_str()), ("to", "nobody@example.com")];
    let refused = ada.post(&path, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("f-to-error"), "{}", refused.text);
    let form = [("cause", causes[0].fingerprint.as_str()), ("to", "Admin@example.com")];
    assert_eq!(support.post(&path, &form).await.status, StatusCode::SEE_OTHER);
    let said = words(&mut support, "/").await;
    assert!(said.contains("admin@example.com is on it since") && !said.contains("support@example.com is on"), "{said}");
    let unknown = support.post(&path, &[("cause", "abcdef")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);

    by_hand(&world, "beta", "alter table contacts drop column status").await;
    runs::rerun(&world.platform, &Actor::operator(), number, &Rerun::Failed, None).await.unwrap();
    worked(&world, number).await;
    assert!(runs::acknowledged(&world.platform, &Actor::operator(), number).await.unwrap().is_empty());
    assert!(!words(&mut ada, &format!("/runs/{number}")).await.contains("is on it"));
    assert_eq!(ada.post(&path, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "there is nothing to be on");
}

#[tokio::test]
async fn the_button_says_what_follows_and_nothing_counts_down_while_a_run_waits() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    let waves = || vec!["acme".parse().unwrap(), "beta".parse().unwrap()];
    let mut admin = signed_in(&world, Role::Admin).await;
    let waits = |wait| Policy { waves: waves(), wait, ..anew() };
    let number = run(&world, Goal::Migrate { to: None }, waits(Wait::Canary)).await.number;
    let said = words(&mut admin, &format!("/runs/{number}")).await;
    assert!(said.contains("Begin the next wave: 1 tenant, then 1 more"), "{said}");
    assert!(!said.contains("left, of"), "{said}");
    runs::cancel(&world.platform, &Actor::operator(), number, false).await.unwrap();
    let number = run(&world, Goal::Migrate { to: None }, waits(Wait::Each)).await.number;
    let said = words(&mut admin, &format!("/runs/{number}")).await;
    assert!(said.contains("Begin the next wave: 1 tenant"), "{said}");
}

#[tokio::test]
async fn who_is_signed_in_keeps_the_ways_to_everything_else_and_sees_no_door_that_is_shut() {
    let world = fleet().await;
    let mut support = signed_in(&world, Role::Support).await;
    for (path, status) in [
        ("/nosuch", StatusCode::NOT_FOUND),
        ("/tenants/nosuch", StatusCode::NOT_FOUND),
        ("/admins", StatusCode::FORBIDDEN),
    ] {
        let page = support.get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(
            page.text.contains("class=\"places\"") && page.text.contains("href=\"/runs\""),
            "{path}: {}",
            page.text
        );
        assert!(!page.text.contains("href=\"/admins\"") && !page.text.contains("href=\"/audit\""), "{}", page.text);
    }
    let mut superadmin = signed_in(&world, Role::Superadmin).await;
    assert!(superadmin.get("/").await.text.contains("href=\"/admins\""));
    // What a role may not change does not look as if it might.
    let html = support.get("/tenants/acme").await.text;
    assert!(html.contains("Rename or tag…</button>") && !html.contains("name=\"password_hash\""), "{html}");
    let mut stranger = Browser::at(&world.platform, "central.localhost");
    assert!(!stranger.get("/sign-in").await.text.contains("There is no admin yet"));
}

#[tokio::test]
async fn a_password_is_asked_for_before_a_form_is_filled_in_and_not_after() {
    let world = fleet().await;
    let mut admin = signed_in(&world, Role::Superadmin).await;
    let older = "update sessions set signed_in_at = signed_in_at - 360000";
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query(older).execute(&mut *tx).await.unwrap();
    sqlx::query("update admins set sessions_valid_from = 0").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    // Six minutes old: a form that takes a while would come too late, and one that is there already does not.
    let page = admin.get("/tenants/new").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/reauthenticate?next=/tenants/new"));
    let page = admin.post("/tenants/new", &[("name", "Dora"), ("slug", "beta")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
}

#[tokio::test]
async fn the_dashboard_shows_what_was_done_last_to_whoever_reads_the_audit() {
    let world = fleet().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let said = words(&mut boss, "/").await;
    assert!(said.contains("Last in the audit") && said.contains("Succeeded session.sign_in"), "{said}");
    let html = boss.get("/").await.text;
    let audited = html.split("id=\"board-audit\"").nth(1).unwrap();
    assert!((4..=11).contains(&audited.matches("<tr>").count()), "ten at most, and their head: {audited}");
    let way = audited.split("href=\"").find(|part| part.contains("open=")).unwrap().split(['"', '#']).next().unwrap();
    assert_eq!(boss.get(way).await.status, StatusCode::OK);
    let mut admin = signed_in(&world, Role::Admin).await;
    assert!(!words(&mut admin, "/").await.contains("Last in the audit"));
}

#[tokio::test]
async fn the_migrations_say_on_which_of_them_tenants_failed_and_what_their_files_sum_up_to() {
    let world = fleet().await;
    failed_on_beta(&world).await;
    let mut browser = signed_in(&world, Role::Support).await;
    let html = browser.get("/migrations").await.text;
    let there = "href=\"/tenants?state=failed&amp;behind=20260101000002\"";
    let rows: Vec<&str> = html.split("</tr>").filter(|row| row.contains("data-label=\"checksum\"")).collect();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.contains("…</code>")), "{html}");
    assert!(rows[0].contains("data-segment=\"failed\"") && rows[0].contains(there), "{html}");
    assert!(!rows[1].contains("failed"), "that one went through: {html}");
    let html = browser.get("/migrations/20260101000002").await.text;
    assert!(html.contains("data-segment=\"failed\"") && html.contains(there), "{html}");
    // Of what is pending somewhere it is known how long it took elsewhere.
    let said = words(&mut browser, "/tenants/beta/migrations").await;
    assert!(said.contains("Pending") && said.contains(", 2 × lately"), "{said}");
    assert!(!words(&mut browser, "/tenants/acme/migrations").await.contains("lately"), "that one has it");
}

#[tokio::test]
async fn a_file_that_changed_after_it_was_applied_is_told_wherever_somebody_looks() {
    let world = fleet().await;
    migration(&world, 2, "create table more (id int);");
    run(&world, Goal::Migrate { to: None }, anew()).await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let said = words(&mut browser, "/tenants/acme/migrations").await;
    assert!(said.contains("Applied Took") && said.contains(" UTC Run "), "{said}");
    assert!(!words(&mut browser, "/migrations").await.contains("refused"), "all is well");
    migration(&world, 2, "create table more (id bigint);");
    let told = "20260101000002_change_2 has changed since 3 tenants applied it";
    for path in ["/", "/migrations"] {
        let said = words(&mut browser, path).await;
        assert!(said.contains(told), "{path}: {said}");
        assert!(said.contains("3 tenants are refused by runs: files"), "{path}: {said}");
    }
    let said = words(&mut browser, "/migrations/20260101000002").await;
    assert!(said.contains("This file has changed since 3 tenants applied it."), "{said}");
    assert!(!words(&mut browser, "/migrations/20260101000001").await.contains("refused"), "that one is as it was");
    let said = words(&mut browser, "/tenants/acme/migrations").await;
    assert!(said.contains("1 tenant is refused by runs") && said.contains("Applied, changed since"), "{said}");
    for direction in ["up", "down"] {
        std::fs::remove_file(world.migrations().join(format!("20260101000002_change_2.{direction}.sql"))).unwrap();
    }
    let said = words(&mut browser, "/migrations").await;
    assert!(said.contains("20260101000002_change_2 is missing, and 3 tenants applied it."), "{said}");
    let said = words(&mut browser, "/runs/new").await;
    assert!(said.contains("3 tenants cannot be migrated as they are and would fail"), "{said}");
}

#[tokio::test]
async fn a_console_without_an_admin_says_so() {
    let world = World::new().await;
    let mut stranger = Browser::at(&world.platform, "central.localhost");
    let html = stranger.get("/sign-in").await.text;
    assert!(html.contains("There is no admin yet."), "{html}");
}

#[tokio::test]
async fn a_server_is_asked_for_what_its_engine_has() {
    let world = fleet().await;
    let mut admin = signed_in(&world, Role::Superadmin).await;
    for (engine, has, has_not) in
        [("postgres", "name=\"host\"", "name=\"path\""), ("sqlite", "name=\"path\"", "name=\"host\"")]
    {
        let html = admin.get(&format!("/servers/new?engine={engine}")).await.text;
        assert!(html.contains(has) && !html.contains(has_not), "{engine}: {html}");
        assert!(html.contains(&format!("name=\"engine\" value=\"{engine}\"")), "{html}");
    }
    assert!(admin.get("/servers/new?engine=mysql").await.text.contains("Empty: 3306."));
}

#[test]
fn the_command_line_says_who_is_on_it_and_which_runs_failed() {
    let program = crate::program::Program::new();
    for slug in ["acme", "beta"] {
        program.run(&format!("tenant create {slug}")).expect(0);
    }
    program.run("run list").expect(0).says("no runs but provisionings: --all shows them");
    program.migration("20270101000001_bad.up.sql", "create tabel more (id int);\n");
    program.run("migrate tenant acme").expect(3);
    assert_eq!(program.json("run list --failed").as_array().unwrap().len(), 1);
    let cause = program.json("run causes 3")[0]["fingerprint"].as_str().unwrap().to_owned();
    let told = program.json(&format!("run acknowledge 3 --cause {cause} --note later"));
    assert_eq!((&told[0]["cause"], &told[0]["note"]), (&cause.as_str().into(), &"later".into()), "{told}");
    program.run("run acknowledge 3 --cause abcdef").expect(5);
    program.run("run acknowledge 3 --to nobody@example.com").expect(2).says("nobody who can sign in has this email");
    assert_eq!(program.json(&format!("run acknowledge 3 --cause {cause} --end")), serde_json::json!([]));
    program.run(&format!("run acknowledge 3 --cause {cause} --end")).expect(6).says("nobody is on it");
    program.run("run skip 3 acme --reason x").expect(0);
    program.run("run acknowledge 3").expect(6).says("nothing failed in run 3 that is not mended");
}
