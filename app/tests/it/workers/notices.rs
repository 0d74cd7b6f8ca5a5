//! Notices of several processes: one message, once, whoever of them is left.

use std::time::Duration;

use neo_model::{Notice, NoticeKind, NoticeState};

use super::Site;
use crate::channels::receiver::{Receiver, Takes};
use crate::support;

/// A failed run of a thousand is one message, and leaves within two seconds of its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_tenants_that_fail_are_one_message_although_one_of_two_replicas_is_killed() {
    const MANY: usize = 1000;
    let mut site = Site::on(support::postgres().await, MANY).await;
    let receiver = Receiver::new(Takes).await;
    site.neo(&format!("channel add ops --webhook {} --on failed,finished", receiver.url("http", "neo"))).await;
    site.migration(
        2,
        "create table burnt as with recursive c(i) as (select 1 union all select i + 1 from c where i < 3000) \
         select count(*) as n from c;\ninsert into nowhere values (1);",
    );
    let (a, _) = site.serve("--workers 8").await;
    site.serve("--workers 8").await;
    let number = site.queue("--concurrency 16").await;
    site.until_it_works(a).await;
    site.process(a).kill().unwrap();
    assert_eq!(site.until_over(number, Duration::from_secs(300)).await, "failed");
    let got = receiver.wait(1, Duration::from_secs(10)).await;
    let late: i64 = sqlx::query_scalar(
        "select d.sent_at - r.finished_at from deliveries d join notices n on n.id = d.notice_id join runs r on r.number = n.run",
    )
    .fetch_one(&mut site.conn().await)
    .await
    .unwrap();
    eprintln!("sent {late} ms after the end of the run");
    assert!(late <= 2000, "it left {late} ms after the end of the run");
    let notice: Notice = serde_json::from_str(&got[0].body).unwrap();
    assert_eq!((notice.kind, notice.run.as_ref().unwrap().run), (NoticeKind::Failed, number));
    assert_eq!(notice.title, format!("Run {number} failed: 1,000 of 1,000 tenants"));
    // Those that were in its hands may have failed of that.
    assert!(notice.causes[0].count >= 980, "{:?}", notice.causes);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(receiver.all().len(), 1);
    let told = site.neo("channel list --json").await.json();
    assert_eq!((&told[0]["sent"], &told[0]["last"]["state"]), (&1.into(), &NoticeState::Sent.as_str().into()));
}
