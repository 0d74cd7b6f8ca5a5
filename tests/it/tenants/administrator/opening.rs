//! What everybody may do in a server's own databases, and shutting it.

use neo::servers;

use super::{Place, operator};

const OWN: [&str; 2] = ["postgres", "template1"];

#[tokio::test]
async fn once_hardened_a_tenant_connects_to_its_own_database_only_and_everything_goes_on() {
    let place = Place::new("super").await;
    let (platform, boss) = (&place.world.platform, operator());
    place.query("create role grafana login password 'grafana-9'").await;
    place.query("grant create on schema public to public").await;
    place.write("20260101000000_users", "create table users (id int);");
    let (tenant, _) = place.made("acme").await;
    for database in OWN {
        place.as_tenant(&tenant, database, "select 1").await;
    }
    let note = |findings: Vec<neo::doctor::Finding>| findings.into_iter().find(|f| f.message.contains("not hardened"));
    let told = note(place.findings().await).expect("the doctor says so");
    assert!(
        told.ok && told.message.contains("template1") && told.message.contains("neo server harden super"),
        "{told:?}"
    );

    let found = servers::hardening(platform, &boss, "super").await.unwrap();
    let statements = found.iter().flat_map(|o| o.statements.clone()).collect::<Vec<_>>().join("\n");
    assert!(found.iter().all(|o| o.may) && statements.contains("to \"grafana\""), "{found:?}");
    assert!(!statements.contains(&tenant.username), "{statements}");
    assert!(statements.contains("revoke create on schema public from public"), "{statements}");
    place.as_tenant(&tenant, "postgres", "select 1").await;

    assert!(servers::harden(platform, &boss, "super").await.unwrap().is_empty());
    for database in OWN {
        let refused = place.try_as_tenant(&tenant, database, "select 1").await.unwrap_err();
        assert!(refused.contains("permission denied for database"), "{refused}");
        let kept = format!("select has_database_privilege('grafana', '{database}', 'connect')");
        assert_eq!(place.query(&kept).await, "t");
    }
    let writable = "select has_schema_privilege('grafana', 'public', 'create')";
    assert_eq!(place.query(writable).await, "f");
    assert!(note(place.findings().await).is_none());

    place.as_tenant(&tenant, &tenant.database, "select 1").await;
    place.write("20260101000001_more", "create table more (id int);");
    let (other, applied) = place.made("other").await;
    assert_eq!((other.version, applied), (Some(20260101000001), 0));
    place.deleted("other").await.unwrap();
    place.deleted("acme").await.unwrap();
    assert!(servers::harden(platform, &boss, "super").await.unwrap().is_empty(), "again there is nothing to do");
}

#[tokio::test]
async fn a_login_that_does_not_own_them_is_told_what_the_owner_has_to_do_and_changes_nothing() {
    let place = Place::new("managed").await;
    let (platform, boss) = (&place.world.platform, operator());
    let acl = "select string_agg(coalesce(datacl::text, '-'), ',') from pg_database where datname in ('postgres', 'template1')";
    let before = place.query(acl).await;
    let left = servers::harden(platform, &boss, "managed").await.unwrap();
    assert_eq!((left.len(), left.iter().any(|o| o.may)), (2, false), "{left:?}");
    assert_eq!(place.query(acl).await, before);
    let told = place.findings().await.into_iter().find(|f| f.message.contains("not hardened")).unwrap();
    assert!(told.message.contains("may not shut"), "{told:?}");

    // Whoever may runs it, and then Neo's own login still gets in.
    for opening in &left {
        place.cluster.query(&opening.database, &opening.statements.join("; ")).await;
    }
    let (tenant, _) = place.made("acme").await;
    assert!(place.try_as_tenant(&tenant, "postgres", "select 1").await.is_err());
    assert!(servers::harden(platform, &boss, "managed").await.unwrap().is_empty());
    place.deleted("acme").await.unwrap();
}

#[tokio::test]
async fn the_role_of_an_adopted_tenant_is_kept_out_too_and_a_folder_of_files_is_open_to_nobody() {
    let place = Place::new("super").await;
    let (platform, boss) = (&place.world.platform, operator());
    place.query("create role theirs login password 'theirs-9'").await;
    place.query("create database theirs owner theirs").await;
    let adopt = neo::tenants::Adopt {
        slug: "theirs".into(),
        name: None,
        server: "super".into(),
        database: "theirs".into(),
        username: "theirs".into(),
        password: neo::tenants::AdoptPassword::Plain("theirs-9".to_owned().into()),
        ..neo::tenants::Adopt::default()
    };
    neo::tenants::adopt(platform, &boss, adopt).await.unwrap();
    let found = servers::hardening(platform, &boss, "super").await.unwrap();
    assert!(!found.is_empty() && !format!("{found:?}").contains("theirs"), "{found:?}");
    assert!(servers::hardening(platform, &boss, "local").await.unwrap().is_empty());
}
