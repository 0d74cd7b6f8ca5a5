//! A file means what the engine's own program makes of it: each script under `tests/faithful/` is run by that program, by Neo
//! in one run and by Neo in runs of its own, and what is in the three databases afterwards is compared; then it is made to
//! fail at each of its statements. How a script is written is told in `tests/faithful/README.md`.
//!
//! `NEO_FAITHFUL=all` stops every script at every statement, instead of each at one; `NEO_FAITHFUL_ONLY=words` takes the
//! scripts whose name holds one of these words.

use std::future::Future;
use std::sync::Arc;

use neo::engine::Engine;
use rstest::rstest;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use script::Script;

mod glue;
mod place;
mod script;
mod stops;
mod ways;

/// What is wrong with a script, each in words.
type Problems = Vec<String>;

/// Whether everything is asked of each script, or a sample.
fn is_whole() -> bool {
    std::env::var("NEO_FAITHFUL").is_ok_and(|v| v == "all")
}

/// The scripts of an engine, all at work at once but for so many; fails with all that is wrong.
async fn each<F>(engine: Engine, look: fn(Arc<Script>) -> F)
where
    F: Future<Output = Problems> + Send + 'static,
{
    let scripts = script::of(engine);
    let (at_once, mut looks) = (Arc::new(Semaphore::new(6)), JoinSet::new());
    for script in scripts {
        let (script, at_once) = (Arc::new(script), at_once.clone());
        looks.spawn(async move {
            let _turn = at_once.acquire().await.unwrap();
            let name = script.name.clone();
            let problems = looked(look(script.clone())).await;
            // Among hundreds at once a server that is new to it all has reset a connection: nothing of the script's, unless it does so again.
            match problems.iter().any(|problem| problem.contains("Connection reset by peer")) {
                true => (name, looked(look(script)).await),
                false => (name, problems),
            }
        });
    }
    let mut found: Vec<_> = looks.join_all().await.into_iter().filter(|(_, problems)| !problems.is_empty()).collect();
    found.sort();
    let told: Vec<_> = found.iter().map(|(name, problems)| format!("{name}\n{}", problems.join("\n"))).collect();
    assert!(told.is_empty(), "{} scripts of {engine:?} are not told as they are:\n\n{}", told.len(), told.join("\n\n"));
}

async fn looked(look: impl Future<Output = Problems> + Send + 'static) -> Problems {
    tokio::spawn(look).await.unwrap_or_else(|panic| vec![panic.to_string()])
}

#[rstest]
#[case::postgres(Engine::Postgres)]
#[case::mariadb(Engine::Mysql)]
#[case::sqlite(Engine::Sqlite)]
#[tokio::test(flavor = "multi_thread")]
async fn a_script_leaves_the_same_through_the_engines_program_in_one_run_and_in_several(#[case] engine: Engine) {
    each(engine, ways::compare).await;
}

#[rstest]
#[case::postgres(Engine::Postgres)]
#[case::mariadb(Engine::Mysql)]
#[case::sqlite(Engine::Sqlite)]
#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_fails_leaves_what_the_engines_program_leaves_and_goes_on_where_it_stopped(
    #[case] engine: Engine,
) {
    each(engine, stops::compare).await;
}

#[test]
fn there_are_scripts_enough() {
    let counts = [Engine::Postgres, Engine::Mysql, Engine::Sqlite].map(|engine| script::all_of(engine).len());
    assert!(counts.iter().sum::<usize>() >= 200, "{counts:?}");
}
