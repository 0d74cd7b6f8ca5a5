//! The floor: what any program has to do at least. It reads a list of databases, and for each opens one connection, asks once
//! what is applied, sends everything pending as one message in one transaction, and closes. No lock, no comparison of files, no
//! record of what happened, no retry: whatever a migration tool does beyond this is what it costs.
//!
//! `floor FOLDER CONCURRENCY < LIST`, the list being one URL a line (`postgres://…`, `mysql://…`).

use std::io::BufRead;
use std::sync::Arc;
use std::{env, fs, process};

use futures::StreamExt;

struct Script {
    version: i64,
    sql: String,
}

type Outcome = Result<usize, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() {
    let mut arguments = env::args().skip(1);
    let (Some(folder), Some(concurrency)) = (arguments.next(), arguments.next().and_then(|n| n.parse().ok())) else {
        eprintln!("floor FOLDER CONCURRENCY < LIST");
        process::exit(2);
    };
    let scripts = Arc::new(read(&folder));
    let urls: Vec<String> = std::io::stdin().lock().lines().map_while(Result::ok).collect();
    let total = urls.len();
    let results: Vec<(String, Outcome)> = futures::stream::iter(urls)
        .map(|url| {
            let scripts = scripts.clone();
            // A task each, so that both cores are used.
            async move {
                let work = tokio::spawn(async move {
                    let outcome = match url.starts_with("mysql") {
                        true => mysql(&url, &scripts).await,
                        false => postgres(&url, &scripts).await,
                    };
                    (url, outcome)
                });
                work.await.expect("a task does not panic")
            }
        })
        .buffer_unordered(concurrency)
        .collect()
        .await;
    let mut applied = 0;
    let mut failed = 0;
    for (url, outcome) in results {
        match outcome {
            Ok(n) => applied += n,
            Err(error) => {
                failed += 1;
                eprintln!("{}: {error}", url.rsplit('/').next().unwrap_or_default());
            }
        }
    }
    println!("{total} databases, {applied} applied, {failed} failed");
    process::exit(i32::from(failed > 0));
}

fn read(folder: &str) -> Vec<Script> {
    let mut scripts: Vec<Script> = fs::read_dir(folder)
        .expect("the folder of migrations")
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            let version = name.strip_suffix(".up.sql")?.split('_').next()?.parse().ok()?;
            Some(Script { version, sql: fs::read_to_string(&path).ok()? })
        })
        .collect();
    scripts.sort_by_key(|script| script.version);
    scripts
}

/// Everything newer than `newest` with its rows, as one text.
fn message(scripts: &[Script], newest: i64) -> (usize, String) {
    let pending: Vec<&Script> = scripts.iter().filter(|script| script.version > newest).collect();
    let mut text = String::new();
    for script in &pending {
        text.push_str(script.sql.trim_end());
        text.push_str(&format!("\ninsert into floor_migrations (version) values ({});\n", script.version));
    }
    (pending.len(), text)
}

const NEWEST: &str = "select coalesce(max(version), 0) from floor_migrations";

async fn postgres(url: &str, scripts: &[Script]) -> Outcome {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let driver = tokio::spawn(connection);
    let answer = client.simple_query(NEWEST).await?;
    let newest = answer.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    let (count, text) = message(scripts, newest.unwrap_or(0));
    if count > 0 {
        client.batch_execute(&format!("begin;\n{text}commit;")).await?;
    }
    drop(client);
    driver.await??;
    Ok(count)
}

async fn mysql(url: &str, scripts: &[Script]) -> Outcome {
    use mysql_async::prelude::Queryable;
    let options = mysql_async::OptsBuilder::from_opts(mysql_async::Opts::from_url(url)?).prefer_socket(false);
    let mut connection = mysql_async::Conn::new(options).await?;
    let newest: Option<i64> = connection.query_first(NEWEST).await?;
    let (count, text) = message(scripts, newest.unwrap_or(0));
    if count > 0 {
        connection.query_drop(text.trim_end().trim_end_matches(';')).await?;
    }
    connection.disconnect().await?;
    Ok(count)
}
