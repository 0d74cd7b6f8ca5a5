//! What docs/apps.md tells in Rust, with sqlx.

use super::shop::{Shop, http};
use super::{A_DAY, Application, USUAL, life, renewal};

#[allow(dead_code, clippy::all, clippy::pedantic, reason = "as it stands in the document")]
mod told {
    include!(concat!(env!("OUT_DIR"), "/apps.rs"));
}

impl Application for told::Tenants {
    async fn ask(&mut self, host: &str) -> Result<i64, u16> {
        let sql = "select count(*) from users";
        let found: Result<(i64,), sqlx::Error> = match self.connect(host).await {
            Ok(told::Connection::Postgres(mut conn)) => sqlx::query_as(sql).fetch_one(&mut *conn).await,
            Ok(told::Connection::MySql(mut conn)) => sqlx::query_as(sql).fetch_one(&mut *conn).await,
            Ok(told::Connection::Sqlite(mut conn)) => sqlx::query_as(sql).fetch_one(&mut *conn).await,
            Err(told::Error::Unknown) => return Err(404),
            Err(told::Error::Unavailable(status)) => {
                assert_eq!(status, "suspended");
                return Err(503);
            }
            Err(other) => panic!("{other:?}"),
        };
        found.map(|(n,)| n).map_err(|_| 500)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_in_rust_goes_on_whatever_becomes_of_its_tenants() {
    let shop = Shop::open().await;
    let tenants = |keep| told::Tenants::new(http(), shop.url.parse().unwrap(), shop.token.clone(), keep);
    renewal(&shop, &mut tenants(A_DAY)).await;
    life(&shop, &mut tenants(USUAL)).await;
}
