//! Backups that restore although something in them is the old login's, is worked out anew, or looks like something else; and those
//! that could not be restored, told when they are made.

use super::*;

/// What `from` has made is backed up, dropped, and restored for another login.
async fn again(admin: &Target, from: &Target) -> Result<Target, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let made = engine::backup(from, &file).await?;
    let id = format!("id-{}", from.database);
    engine::drop_database(admin, &from.database, &id).await.unwrap();
    engine::drop_role(admin, &from.username, &id).await.unwrap();
    let name = support::unique("again");
    provision(admin, &name, "pw-2", &format!("id-{name}")).await.unwrap();
    let to = tenant(admin, &name, "pw-2");
    engine::restore(&to, &file, made.how()).await.map(|()| to)
}

async fn begun(admin: &Target, sql: &[&str]) -> Target {
    let name = support::unique("odd");
    provision(admin, &name, "pw", &format!("id-{name}")).await.unwrap();
    let from = tenant(admin, &name, "pw");
    let mut conn = open(&from).await;
    for sql in sql {
        conn.execute(sql).await.unwrap_or_else(|f| panic!("{sql}: {f:?}"));
    }
    conn.close().await;
    from
}

const WRAPPER: &str = "create extension postgres_fdw; comment on extension postgres_fdw is null; \
                       grant usage on foreign data wrapper postgres_fdw to public";

#[tokio::test]
async fn what_is_for_the_tenants_own_role_is_for_whoever_restores_it() {
    let cluster = support::postgres().await;
    let admin = target(Engine::Postgres, cluster, "postgres");
    let from = begun(
        &admin,
        &["create table notes (id int, o text); insert into notes values (1, 'a'), (2, 'TO b');
           alter table notes enable row level security;
           create policy \"mine TO me\n\" on notes to current_user using (o <> ' TO t_x;' and id < 2);
           create policy others on notes as restrictive for select using (true);
           comment on policy \"mine TO me\n\" on notes is 'it''s; mine';
           create materialized view seen as select id from notes"],
    )
    .await;
    cluster.query(&from.database, WRAPPER).await;
    let mut conn = open(&from).await;
    let mapped = "create server far foreign data wrapper postgres_fdw options (host 'x');
                  create user mapping for current_user server far options (user 'a', password 'b (FOR c)')";
    conn.execute(mapped).await.unwrap();
    conn.close().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let made = engine::backup(&from, &file).await.unwrap();
    let asked = "select (select string_agg(polname || ':' || (polroles = array[(select oid from pg_roles where rolname = '{}')])::text \
                 || ':' || pg_get_expr(polqual, polrelid), ';' order by polname) from pg_policy) \
                 || (select string_agg(obj_description(oid, 'pg_policy'), ',') from pg_policy) \
                 || (select string_agg(id::text, ',') from seen) || (select count(*) from notes) \
                 || (select usename = '{}' from pg_user_mappings) || (select string_agg(o, ',' order by o) from pg_user_mappings, unnest(umoptions) o)";
    let of = |name: &str| asked.replace("{}", name);
    let before = cluster.query(&from.database, &of(&from.username)).await;
    let name = support::unique("again");
    provision(&admin, &name, "pw-2", &format!("id-{name}")).await.unwrap();
    cluster.query(&name, WRAPPER).await;
    let to = tenant(&admin, &name, "pw-2");
    engine::drop_database(&admin, &from.database, &format!("id-{}", from.database)).await.unwrap();
    engine::drop_role(&admin, &from.username, &format!("id-{}", from.database)).await.unwrap();
    engine::restore(&to, &file, made.how()).await.unwrap();
    assert_eq!(cluster.query(&name, &of(&to.username)).await, before);
    assert!(before.contains(":true:") && before.contains("it's; mine1,22truepassword=b (FOR c),user=a"), "{before}");
}

#[tokio::test]
async fn a_policy_for_a_role_that_is_gone_is_named_and_none_is_made() {
    let cluster = support::postgres().await;
    let admin = target(Engine::Postgres, cluster, "postgres");
    let other = support::unique("reporting");
    cluster.query("", &format!("create role {other}")).await;
    let (mine, theirs) = (
        "create policy a_mine on notes to current_user using (true)",
        format!("create policy b_theirs on notes to {other} using (true)"),
    );
    let from = begun(&admin, &["create table notes (id int)", mine, &theirs]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let made = engine::backup(&from, &file).await.unwrap();
    cluster.query(&from.database, "drop policy b_theirs on notes").await;
    cluster.query("", &format!("drop role {other}")).await;
    let name = support::unique("again");
    provision(&admin, &name, "pw-2", &format!("id-{name}")).await.unwrap();
    let to = tenant(&admin, &name, "pw-2");
    let failure = engine::restore(&to, &file, made.how()).await.unwrap_err();
    assert_eq!(failure.message, format!("role \"{other}\" does not exist"));
    assert_eq!(
        failure.detail.unwrap(),
        format!("the backup has: CREATE POLICY b_theirs ON public.notes TO {other} USING")
    );
    assert!(failure.hint.unwrap().command().contains("make one of that name there"));
    assert_eq!(cluster.query(&name, "select count(*) from pg_policy").await, "0");
}

#[tokio::test]
async fn a_materialized_view_is_filled_as_its_owners_sessions_would() {
    let cluster = support::postgres().await;
    let admin = target(Engine::Postgres, cluster, "postgres");
    let from = begun(
        &admin,
        &["create table rates (c text primary key, r numeric); insert into rates values ('eur', 1.1)",
          "create function rate(x text) returns numeric language sql stable as 'select r from rates where c = x'",
          "create materialized view prices as select 'eur' c, rate('eur') r; create unique index on prices (c);
           create materialized view twice as select r * 2 as r from prices; create materialized view bare as select 1 with no data"],
    )
    .await;
    let to = again(&admin, &from).await.unwrap();
    let sql = "select concat_ws('|', (select r from prices), (select r from twice), (select relispopulated from pg_class where relname = 'bare'))";
    assert_eq!(cluster.query(&to.database, sql).await, "1.1|2.2|f");

    let broken = begun(
        &admin,
        &[
            "create table t (id int); create function f() returns int language plpgsql stable as $$ begin
             if current_query() ilike 'refresh%' then raise 'not here'; end if; return 1; end $$",
            "create materialized view m as select f() as f",
        ],
    )
    .await;
    let failure = again(&admin, &broken).await.err().unwrap();
    assert_eq!(failure.message, "not here");
    assert!(failure.detail.unwrap().contains("the backup has: REFRESH MATERIALIZED VIEW public.m"));
    assert!(failure.hint.unwrap().command().contains("alter function"));
}

#[tokio::test]
async fn a_row_that_no_backup_of_could_be_restored_is_told_when_it_is_made() {
    let cluster = tokio::task::spawn_blocking(|| support::own_mariadb("")).await.unwrap();
    let admin = target(Engine::Mysql, &cluster, "");
    let long = "create table files (id int, b longblob); insert into files values (1, repeat('x', 9000000))";
    let from = begun(&admin, &[long]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let failure = engine::backup(&from, &file).await.unwrap_err();
    assert_eq!(failure.message, "a row of table files is too long to be restored");
    assert!(failure.detail.unwrap().contains("16777216 bytes that the server takes at once (max_allowed_packet)"));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    cluster.query("", "set global max_allowed_packet = 67108864").await;
    let made = engine::backup(&from, &file).await.unwrap();
    let name = support::unique("again");
    provision(&admin, &name, "pw-2", &format!("id-{name}")).await.unwrap();
    let to = tenant(&admin, &name, "pw-2");
    engine::restore(&to, &file, made.how()).await.unwrap();
    assert_eq!(cluster.query(&name, "select concat_ws('|', id, length(b), md5(b)) from files").await, {
        cluster.query(&from.database, "select concat_ws('|', id, length(b), md5(b)) from files").await
    });
    // And where another server takes less.
    cluster.query("", "set global max_allowed_packet = 16777216").await;
    cluster.query(&name, "drop table files").await;
    let failure = engine::restore(&to, &file, made.how()).await.unwrap_err();
    assert_eq!(failure.message, "a row of table files is too long to be restored");
    assert!(failure.hint.unwrap().command().contains("max_allowed_packet"));
}

#[tokio::test]
async fn a_server_that_takes_little_at_once_is_backed_up_in_shorter_statements() {
    let cluster = tokio::task::spawn_blocking(|| support::own_mariadb("--max-allowed-packet=65536")).await.unwrap();
    let admin = target(Engine::Mysql, &cluster, "");
    let many = "create table notes (id int, t text); insert into notes select seq, repeat('x', 1000) from seq_1_to_500";
    let from = begun(&admin, &[many]).await;
    let to = again(&admin, &from).await.unwrap();
    assert_eq!(cluster.query(&to.database, "select count(*) from notes").await, "500");
}

#[tokio::test]
async fn a_text_in_a_routine_may_look_like_the_end_of_it() {
    let cluster = support::mariadb().await;
    let admin = target(Engine::Mysql, cluster, "");
    let odd = "begin -- it's ;;
CREATE TEMPORARY TABLE x (t text);
/* \" ;;
DELIMITER ;
*/ insert into log values ('a;;
CREATE DEFINER=`x`@`y` VIEW;;
DELIMITER ;
CREATE TABLE nextval(`x`.`y`)'); end";
    let from = begun(
        &admin,
        &[
            "create table log (t text); create table ar (id int)",
            &format!("create procedure pr() {odd}"),
            &format!(
                "create trigger tr before insert on ar for each row {}",
                odd.replace("CREATE TEMPORARY TABLE x (t text);", "")
            ),
            "set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
            "create procedure pq() select 'a\\' as \"it's;;\nCREATE DEFINER=`x`@`y` \\\"",
        ],
    )
    .await;
    let asked = |name: &str| {
        format!(
            "select concat_ws('|', routine_name, md5(routine_definition), sql_mode) from information_schema.routines where routine_schema = '{name}' \
             union select concat_ws('|', trigger_name, md5(action_statement), sql_mode) from information_schema.triggers where trigger_schema = '{name}' order by 1"
        )
    };
    let before = cluster.query("", &asked(&from.database)).await;
    assert_eq!(before.lines().count(), 3, "{before}");
    let to = again(&admin, &from).await.unwrap();
    assert_eq!(cluster.query("", &asked(&to.database)).await, before);
    let mut conn = open(&to).await;
    conn.execute("call pr(); insert into ar values (1); call pq()").await.unwrap();
    conn.close().await;
}
