//! A fleet that is not well, as its console tells it: drift, a failed canary, a quarantine, runs that rest.

mod alarm;
mod full;

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::runs::{self, Goal, Policy, Request, Rerun, Run};
use neo::tenants::{Filter, NewTenant};

use crate::console::browser::Browser;
use crate::console::signed_in;
use crate::world::World;

/// Three tenants at one migration.
async fn fleet() -> World {
    let world = World::new().await;
    migration(&world, 1, "create table contacts (id text primary key);");
    for slug in ["acme", "beta", "corvus"] {
        let new = NewTenant { slug: slug.into(), name: None, server: None, tags: vec![], ..NewTenant::default() };
        let (_, run) = runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
        runs::work_on(&world.platform, run.number).await.unwrap();
    }
    world
}

fn migration(world: &World, n: u32, up: &str) {
    let stem = format!("202601010000{n:02}_change_{n}");
    std::fs::write(world.migrations().join(format!("{stem}.up.sql")), up).unwrap();
    std::fs::write(world.migrations().join(format!("{stem}.down.sql")), "select 1;").unwrap();
}

async fn by_hand(world: &World, slug: &str, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection};
    let tenant = neo::tenants::find(&world.platform, &Actor::operator(), slug).await.unwrap();
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database));
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut conn = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

async fn run(world: &World, goal: Goal, policy: Policy) -> Run {
    run_on(world, Filter::default(), goal, policy).await
}

async fn run_on(world: &World, selection: Filter, goal: Goal, policy: Policy) -> Run {
    let request = Request {
        goal,
        selection,
        policy,
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: false,
    };
    let run = runs::start(&world.platform, &Actor::operator(), request).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    runs::find(&world.platform, &Actor::operator(), run.number).await.unwrap()
}

fn anew() -> Policy {
    Policy { trust_ms: 0, ..Policy::default() }
}

/// A canary of one.
fn canary() -> Policy {
    Policy { waves: vec!["beta".parse().unwrap()], ..anew() }
}

/// What is on the page, without its tags and with single spaces.
async fn words(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    plain(&page.text)
}

fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whom a migration takes from what is known, a verification looks at; and so do their previews, and whoever tests the connection.
#[tokio::test]
async fn a_verification_asks_those_whom_a_migration_believes() {
    let world = fleet().await;
    let beta = neo::tenants::find(&world.platform, &Actor::operator(), "beta").await.unwrap();
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", beta.database));
    std::fs::rename(&file, file.with_extension("away")).unwrap();
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let said = words(&mut browser, "/runs/new").await;
    assert!(said.contains("3 current already") && !said.contains("cannot be migrated"), "{said}");
    let said = words(&mut browser, "/runs/new?kind=verify").await;
    assert!(said.contains("1 tenant cannot be verified as it is and would fail beta"), "{said}");
}

#[tokio::test]
async fn a_tenant_that_drifted_is_told_wherever_one_looks_and_so_is_what_differs() {
    let world = fleet().await;
    run(&world, Goal::Verify, anew()).await;
    by_hand(&world, "beta", "create table extra (id integer)").await;
    let verified = run(&world, Goal::Verify, anew()).await;
    let mut browser = signed_in(&world, Role::Superadmin).await;

    let said = words(&mut browser, "/").await;
    assert!(said.contains("1 tenant has drifted"), "{said}");
    assert!(!said.contains("a file was changed or is missing"), "{said}");
    assert!(said.contains("1 drifted"), "the bar holds it: {said}");
    let said = words(&mut browser, "/runs?kind=verify").await;
    assert!(said.contains("Succeeded, 1 drifted"), "{said}");
    let said = words(&mut browser, &format!("/runs/{}", verified.number)).await;
    assert!(said.contains("2 verified") && said.contains("1 drifted"), "{said}");
    assert!(said.contains("+ table extra"), "{said}");
    let page = browser.get("/tenants/beta").await.text;
    assert!(page.contains("+ table extra") && page.contains("/runs/new?keys=beta&amp;kind=verify"), "{page}");
    assert!(!browser.get("/tenants/acme").await.text.contains("Drifted"));

    // A failure says nothing about what differed before it.
    migration(&world, 2, "alter table nothing add column x text;");
    run(&world, Goal::Migrate { to: None }, anew()).await;
    let said = words(&mut browser, "/tenants/beta").await;
    assert!(said.contains("Failed, drifted"), "{said}");
    let said = words(&mut browser, "/tenants").await;
    assert_eq!(said.matches("Failed, drifted").count(), 1, "{said}");
}

#[tokio::test]
async fn a_tenant_that_is_compared_with_nobody_is_not_told_as_verified() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    let only = Filter { keys: vec!["beta".into()], ..Filter::default() };
    run_on(&world, only, Goal::Migrate { to: None }, anew()).await;
    let verified = run(&world, Goal::Verify, anew()).await;
    let mut browser = signed_in(&world, Role::Superadmin).await;

    let said = words(&mut browser, &format!("/runs/{}", verified.number)).await;
    assert!(said.contains("2 verified") && said.contains("1 with nothing to compare with"), "{said}");
    assert!(said.contains("Nothing to compare 1 tenant with: there is no schema that most tenants"), "{said}");
    let said = words(&mut browser, &format!("/runs/{}?status=succeeded&reason=uncompared", verified.number)).await;
    assert!(said.contains("beta") && !said.contains("Acme"), "{said}");
    assert!(said.contains("Nothing to compare with"), "{said}");
    let said = words(&mut browser, "/tenants/beta").await;
    assert!(said.contains("Schema Nothing to compare with"), "{said}");
    let said = words(&mut browser, "/tenants/acme").await;
    assert!(said.contains("Schema The same on 2 tenants"), "{said}");
}

#[tokio::test]
async fn going_on_after_a_failed_canary_says_with_how_many_although_how_many_failed() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    by_hand(&world, "beta", "alter table contacts add column status text").await;
    let run = run(&world, Goal::Migrate { to: None }, canary()).await;
    assert_eq!(run.status, runs::Status::Halted);
    let mut browser = signed_in(&world, Role::Admin).await;

    let said = words(&mut browser, &format!("/runs/{}", run.number)).await;
    assert!(said.contains("2 tenants were not begun. Rerun what failed first"), "{said}");
    assert!(said.contains("Rest Not begun") && !said.contains("Waits for a person"), "{said}");
    let asked = format!("/runs/{}/resume", run.number);
    let said = words(&mut browser, &asked).await;
    assert!(said.contains("The next wave (rest) begins: 2 tenants."), "{said}");
    assert!(said.contains("Go on with 2 tenants although 1 failed") && said.contains("Rerun 1 failed first"), "{said}");
    let said = words(&mut browser, &format!("/runs/{}/rerun", run.number)).await;
    assert!(said.contains("1 failed tenant gets a new attempt"), "{said}");
    assert!(said.contains("the run goes on with the 2 tenants that were not begun"), "{said}");

    // It needs somebody, beside what failed in it, until the tenants are there.
    let said = words(&mut browser, "/").await;
    assert!(said.contains(&format!("2 tenants were left in run {}, which halted", run.number)), "{said}");
    assert!(said.contains(&format!("1 tenant failed in run {}", run.number)), "{said}");
    assert!(said.contains("Migrate 2 behind…"), "{said}");
    by_hand(&world, "beta", "alter table contacts drop column status").await;
    self::run(&world, Goal::Migrate { to: None }, anew()).await;
    let said = words(&mut browser, "/").await;
    assert!(said.contains("Nothing needs attention."), "{said}");
}

#[tokio::test]
async fn a_halted_run_whose_failure_was_given_up_says_what_holds_now() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    by_hand(&world, "beta", "alter table contacts add column status text").await;
    let halted = run(&world, Goal::Migrate { to: None }, canary()).await;
    runs::skip(&world.platform, &Actor::operator(), halted.number, &["beta".to_owned()], "its DBA looks")
        .await
        .unwrap();
    let path = format!("/runs/{}", halted.number);
    let said = words(&mut signed_in(&world, Role::Admin).await, &path).await;
    assert!(said.contains("1 of 1 in the canary failed; by now no failed tenant is left"), "{said}");
    assert!(said.contains("2 tenants were not begun. Go on with them, or cancel the run."), "{said}");
    assert!(said.contains("1 skipped") && !said.contains("Rerun what failed"), "{said}");
    let mut support = signed_in(&world, Role::Support).await;
    let said = words(&mut support, &path).await;
    assert!(said.contains("They wait for somebody who may go on with the run."), "{said}");
    let said = words(&mut support, "/").await;
    assert!(said.contains("by now no failed tenant is left"), "the dashboard too: {said}");
    // Whoever was skipped is neither done nor waiting: a part of its own in the bars, and none of what a wave has done.
    let said = words(&mut support, &path).await;
    assert!(said.contains("Canary") && said.contains("0 of 1, 1 skipped"), "{said}");
    for page in ["/runs", &path] {
        let html = support.get(page).await.text;
        let part =
            html.split("<rect").find(|part| part.contains("data-segment=\"skipped\"")).expect("a part of its own");
        assert!(part.contains("class=\"passed\"") && part.contains("1 skipped"), "{page}: {part}");
    }
}

#[tokio::test]
async fn support_is_told_that_its_rerun_goes_on_with_nobody_and_so_it_is() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    by_hand(&world, "beta", "alter table contacts add column status text").await;
    let halted = run(&world, Goal::Migrate { to: None }, canary()).await;
    let mut support = signed_in(&world, Role::Support).await;
    let said = words(&mut support, &format!("/runs/{}", halted.number)).await;
    assert!(said.contains("they wait for somebody who may go on with the run"), "{said}");
    let path = format!("/runs/{}/rerun", halted.number);
    let said = words(&mut support, &path).await;
    assert!(said.contains("The run is halted after that: the 2 tenants that were not begun wait for"), "{said}");
    assert_eq!(support.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    let said = words(&mut support, &format!("/runs/{}", halted.number)).await;
    assert!(said.contains("Only what failed is tried again"), "{said}");
    runs::work_on(&world.platform, halted.number).await.unwrap();
    let after = runs::find(&world.platform, &Actor::operator(), halted.number).await.unwrap();
    assert_eq!((after.status, after.tenants.failed, after.tenants.queued), (runs::Status::Halted, 1, 2));
}

#[tokio::test]
async fn how_long_a_run_took_is_how_long_it_was_worked_on() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    by_hand(&world, "beta", "alter table contacts add column status text").await;
    let failed = run(&world, Goal::Migrate { to: None }, anew()).await;
    by_hand(&world, "beta", "alter table contacts drop column status").await;
    let idle = 1_500;
    tokio::time::sleep(std::time::Duration::from_millis(idle)).await;
    runs::rerun(&world.platform, &Actor::operator(), failed.number, &Rerun::Failed, None).await.unwrap();
    runs::work_on(&world.platform, failed.number).await.unwrap();
    let mended = runs::find(&world.platform, &Actor::operator(), failed.number).await.unwrap();
    assert_eq!(mended.status, runs::Status::Succeeded);
    let (first, whole) = (failed.ms.unwrap(), mended.ms.unwrap());
    assert!(mended.finished_at.unwrap() - mended.started_at.unwrap() >= idle as i64 + first);
    assert!(whole >= first && whole < idle as i64, "{first} ms, then {whole} ms");
}

#[tokio::test]
async fn a_quarantine_is_given_its_length_and_its_owner_and_the_lists_name_both() {
    let world = fleet().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let path = "/tenants/beta/quarantine";
    let form = browser.get(path).await.text;
    assert!(form.contains("name=\"for\"") && form.contains("name=\"owner\"") && !form.contains("Optional;"), "{form}");
    let page = browser.post(path, &[("reason", ""), ("for", "7d"), ("owner", "Grace")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("f-reason-error") && page.text.contains("Grace"), "{}", page.text);
    let page = browser.post(path, &[("reason", "odd"), ("for", "5 weeks")]).await;
    assert!(page.text.contains("f-for-error"), "{}", page.text);
    let page = browser.post(path, &[("reason", "their DBA asked"), ("for", "12h"), ("owner", "Grace")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let tenant = neo::tenants::find(&world.platform, &Actor::operator(), "beta").await.unwrap();
    let quarantine = tenant.quarantine.unwrap();
    assert_eq!((quarantine.until - quarantine.since, quarantine.owner.as_str()), (12 * 3_600_000, "Grace"));
    let said = words(&mut browser, "/tenants?quarantined=yes").await;
    assert!(said.contains("In quarantine, Grace: their DBA asked · ends"), "{said}");
    let said = words(&mut browser, "/").await;
    assert!(said.contains("beta : their DBA asked · Grace · ends"), "{said}");
}

#[tokio::test]
async fn a_new_runs_form_is_kept_by_its_address_and_told_as_a_command() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    let mut browser = signed_in(&world, Role::Admin).await;
    let typed = "waves=1+10%25&wait=canary&max_failures=2&reason=it+is+time&at=2099-01-01T02%3A00";
    let asked: String = url::form_urlencoded::byte_serialize(format!("/runs/new?{typed}").as_bytes()).collect();
    let answer = browser.get(&format!("/api/v1/command?page={asked}")).await.text;
    let command = serde_json::from_str::<serde_json::Value>(&answer).unwrap()["command"].as_str().unwrap().to_owned();
    assert_eq!(
        command,
        "neo migrate all-tenants --canary 1 --wave 10% --wait --max-failures 2 --at 2099-01-01T02:00:00Z --reason 'it is time'"
    );
    // The address has one form, whatever order the fields came in.
    let tidy = browser.get(&format!("/runs/new?{typed}&concurrency=8&on_error=continue&confirm=x")).await;
    assert_eq!(tidy.status, StatusCode::SEE_OTHER);
    let html = browser.get(tidy.location()).await.text;
    assert!(html.contains(&command.replace('\'', "&#x27;")) || html.contains(&command), "{html}");
    for value in ["1 10%", "it is time", "2099-01-01T02:00"] {
        assert!(html.contains(&format!("value=\"{value}\"")), "{value}: {html}");
    }
    let said = words(&mut browser, "/runs/new?waves=beta").await;
    assert!(said.contains("Canary beta Rest acme, corvus"), "{said}");
    // The fields that choose what to run go along with it, and what they say is in the address as it has always been.
    let html = browser.get("/runs/new?waves=1").await.text;
    let first = html.split("form=\"run\"").nth(1).unwrap();
    assert!(html.contains("<select form=\"run\" id=\"f-choose_kind\"") && first.contains("choose_kind"), "{html}");
    let page = browser.get("/runs/new?choose_kind=migrate&choose_to=20260101000002&waves=1&reason=now").await;
    assert_eq!(page.location(), "/runs/new?to=20260101000002&waves=1&reason=now");
    let page = browser.get("/runs/new?choose_kind=verify&choose_to=&waves=1&to=20260101000002").await;
    assert_eq!(page.location(), "/runs/new?kind=verify&waves=1");
    // What was not looked at does not begin.
    let page = browser.post("/runs/new", &[("choose_kind", "verify"), ("waves", "tag:late")]).await;
    assert!(
        page.text.contains("Migrate 3 tenants") && page.text.contains("value=\"verify\" selected"),
        "{}",
        page.text
    );
    // A rehearsal leads back to what was typed.
    let fields =
        [("tenant", "acme"), ("waves", "1"), ("reason", "it is time"), ("concurrency", "8"), ("wait", "never")];
    let page = browser.post("/runs/rehearse", &fields).await;
    assert!(page.location().starts_with("/runs/new?waves=1&reason=it+is+time&rehearsal="), "{}", page.location());

    // What is wrong is told at its field, in the words of the page.
    let page = browser.get("/runs/new?waves=tag:late").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("f-waves-error") && page.text.contains("Migrate 3 tenants"), "{}", page.text);
    let page = browser.post("/runs/new", &[("waves", "tag:late")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("f-waves-error") && !page.text.contains("neo tenant list"), "{}", page.text);
    let page = browser.get("/runs/new?waves=0").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("f-waves-error"), "{}", page.text);
}

#[tokio::test]
async fn the_tenant_that_a_rehearsal_is_suggested_on_lacks_something() {
    let world = fleet().await;
    migration(&world, 2, "alter table contacts add column status text;");
    let mut browser = signed_in(&world, Role::Admin).await;
    let one = Request {
        goal: Goal::Migrate { to: None },
        selection: Filter { keys: vec!["acme".into()], ..Filter::default() },
        policy: anew(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: false,
    };
    let run = runs::start(&world.platform, &Actor::operator(), one).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    let html = browser.get("/runs/new").await.text;
    assert!(html.contains("name=\"tenant\" type=\"text\" value=\"beta\""), "{html}");
}

#[tokio::test]
async fn a_rollback_of_one_tenant_asks_nothing_about_waves_and_leads_back_to_it() {
    let world = fleet().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let html = browser.get("/runs/new?kind=rollback&keys=beta").await.text;
    assert!(!html.contains("name=\"waves\"") && !html.contains("name=\"at\""), "{html}");
    assert!(html.contains("<a href=\"/tenants/beta\" class=\"button\">Cancel</a>"), "{html}");
    let html = browser.get("/runs/new").await.text;
    assert!(html.contains("name=\"waves\"") && html.contains("Canary, then waves") && html.contains("name=\"at\""));
}

#[tokio::test]
async fn a_rollback_is_not_begun_before_its_word_is_typed() {
    let world = fleet().await;
    migration(&world, 2, "create table more (id int);");
    run(&world, Goal::Migrate { to: None }, anew()).await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let asked = [("kind", "rollback"), ("keys", "beta"), ("steps", "1")];
    for typed in ["", "acme", "1"] {
        let page = browser.post("/runs/new", &[&asked[..], &[("confirm", typed)]].concat()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed:?}: {}", page.text);
        assert!(page.text.contains("f-confirm-error") && page.text.contains("type beta to confirm"), "{}", page.text);
    }
    let page = browser.post("/runs/new", &[&asked[..], &[("confirm", "beta")]].concat()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
}

#[tokio::test]
async fn whether_the_fleet_is_there_is_answered_with_who_is_not() {
    let world = fleet().await;
    let mut browser = signed_in(&world, Role::Support).await;
    let page = browser.get("/api/at-least/20260101000001").await;
    let told: serde_json::Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!((page.status, &told["ok"], &told["tenants"]), (StatusCode::OK, &true.into(), &3.into()));
    assert_eq!(told["behind"], serde_json::json!([]));
    let page = browser.get("/api/at-least/20990101000001").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    let told: serde_json::Value = serde_json::from_str(&page.text).unwrap();
    // Key for key what `neo migrate status --at-least V --json` prints.
    let everyone = Filter::default();
    let printed = runs::at_least(&world.platform, &Actor::operator(), &everyone, 20_990_101_000_001).await.unwrap();
    assert_eq!(told, serde_json::to_value(printed).unwrap());
    assert_eq!((&told["tenants"], &told["behind"][0]["tenant"]), (&3.into(), &"acme".into()));
}

#[tokio::test]
async fn every_run_is_in_the_list_and_a_provisioning_came_from_nowhere() {
    let world = fleet().await;
    let mut browser = signed_in(&world, Role::Support).await;
    let said = words(&mut browser, "/runs").await;
    assert!(said.contains("Provision acme") && !said.contains("No runs yet"), "{said}");
    let said = words(&mut browser, "/tenants/acme/runs").await;
    assert!(said.contains("new database") && !said.contains("none → none"), "{said}");
}

#[tokio::test]
async fn a_slug_that_is_taken_is_marked_at_its_field() {
    let world = fleet().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let page = browser.post("/tenants/new", &[("name", "Beta"), ("slug", "beta")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("f-slug-error"), "{}", page.text);
    let admin =
        [("name", "Dora"), ("email", "d@example.com"), ("first_name", "D"), ("last_name", "E"), ("password", "short")];
    let page = browser.post("/tenants/new", &admin).await;
    assert!(page.text.contains("f-email-error"), "{}", page.text);
}

#[tokio::test]
async fn a_run_that_halted_is_closed_from_its_page() {
    let world = fleet().await;
    migration(&world, 2, "create tabel more (id int);");
    let run = run(&world, Goal::Migrate { to: None }, canary()).await;
    for direction in ["up", "down"] {
        std::fs::remove_file(world.migrations().join(format!("20260101000002_change_2.{direction}.sql"))).unwrap();
    }
    let mut browser = signed_in(&world, Role::Admin).await;
    let path = format!("/runs/{}", run.number);
    assert!(words(&mut browser, &path).await.contains("Cancel…"));
    let said = words(&mut browser, &format!("{path}/cancel")).await;
    assert!(
        said.contains("2 tenants that are queued stop now.") && said.contains("nobody can go on with it"),
        "{said}"
    );
    let done = browser.post(&format!("{path}/cancel"), &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, path.as_str()));
    let said = words(&mut browser, &path).await;
    assert!(said.contains("Cancelled") && !said.contains("Cancel…") && !said.contains("has halted"), "{said}");
    let said = words(&mut browser, "/").await;
    assert!(!said.contains("which halted"), "{said}");
}
