//! What a tenant's file on SQLite says of itself counts for nothing.

use super::*;

#[tokio::test]
async fn what_a_migration_makes_of_the_mark_inside_its_file_is_not_heard() {
    let folder = tempfile::tempdir().unwrap();
    let admin = file(&folder.path().join("tenants"));
    for (hostile, inside) in [
        ("update _neo_marker set tenant_id = 'tenant2'", "tenant2"),
        ("drop table _neo_marker; create view _neo_marker as select 'tenant2' as tenant_id", "tenant2"),
        ("drop table _neo_marker", ""),
    ] {
        let name = support::unique("inside");
        provision(&admin, &name, "pw", "tenant1").await.unwrap();
        open(&tenant(&admin, &name, "pw")).await.execute(hostile).await.unwrap();
        let marked = engine::marked(&admin).await.unwrap();
        assert!(marked.contains(&(name.clone(), "tenant1".to_owned())), "{hostile}: {marked:?}");
        assert_eq!(engine::drop_database(&admin, &name, "tenant2").await.unwrap_err().category, Category::Exists);
        // As earlier builds have left one: the registry names it, and the mark comes beside it.
        let beside = admin.path.join(format!("{name}.db.neo-mark"));
        std::fs::remove_file(&beside).unwrap();
        if inside.is_empty() {
            assert!(engine::drop_database(&admin, &name, "tenant1").await.is_err());
        }
        engine::enter_anew(&admin, &name, &name, "tenant1").await.unwrap();
        engine::enter_anew(&admin, &name, &name, "tenant2").await.unwrap();
        engine::drop_database(&admin, &name, "tenant1").await.unwrap();
        assert!(!beside.exists() && !admin.path.join(format!("{name}.db")).exists());
    }
}

/// A view that never ends is not looked at.
#[tokio::test]
async fn a_view_in_the_place_of_a_mark_is_no_mark() {
    let folder = tempfile::tempdir().unwrap();
    let admin = file(&folder.path().join("tenants"));
    std::fs::create_dir_all(&admin.path).unwrap();
    std::fs::write(admin.path.join("t_other.db"), "").unwrap();
    let endless = "create view _neo_marker as with recursive n (i) as (select 1 union all select i + 1 from n) \
                   select max(i) as tenant_id from n";
    open(&tenant(&admin, "t_other", "pw")).await.execute(endless).await.unwrap();
    let marked = tokio::time::timeout(Duration::from_secs(5), engine::marked(&admin)).await.unwrap();
    assert_eq!(marked.unwrap(), Vec::new());
}
