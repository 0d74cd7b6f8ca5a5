//! The same story beside the central database and from afar: the same words, the same JSON, the same exit codes.

use sqlx::{ConnectOptions, Connection};

use super::transcript::told;
use super::{Console, token};
use crate::program::{Answer, Program};

const TENANTS: [&str; 5] = ["acme", "beta", "broken", "delta", "echo"];

struct Story {
    /// Where the fleet is.
    home: Program,
    /// From afar, where it is told so.
    afar: Option<(Console, Program)>,
    said: Vec<String>,
    wrong: Vec<String>,
}

impl Story {
    fn begin(from_afar: bool) -> Self {
        let home = Program::new().with("QUARANTINE_AFTER", "0");
        for slug in TENANTS {
            home.run(&format!("tenant create {slug}")).expect(0);
        }
        home.run("tenant tag delta late").expect(0);
        let afar = from_afar.then(|| {
            let token = token(&home, "far --role superadmin --allow-destructive");
            let console = Console::of(&home);
            let program = console.afar(&token);
            (console, program)
        });
        Self { home, afar, said: Vec::new(), wrong: Vec::new() }
    }

    fn program(&self) -> &Program {
        self.afar.as_ref().map_or(&self.home, |(_, program)| program)
    }

    /// The command ends with this code, and says this among the rest; what does not is told at the end of the story.
    fn run(&mut self, line: &str, code: i32, text: &str) -> Answer {
        let answer = self.program().run(line);
        if answer.code != code || !(answer.out.contains(text) || answer.err.contains(text)) {
            self.wrong.push(format!(
                "expected {code} and {text:?} of neo {line}: {}\n{}{}",
                answer.code, answer.out, answer.err
            ));
        }
        self.said.push(told(line, &answer));
        answer
    }

    async fn by_hand(&self, slug: &str, sql: &'static str) {
        let tenant = self.home.json(&format!("tenant show {slug}"));
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(tenant["database"].as_str().unwrap());
        let mut conn = options.connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    }
}

async fn tell(from_afar: bool) -> Vec<String> {
    let mut story = Story::begin(from_afar);
    story.run("migrate status --check", 0, "");
    story.home.migration(
        "20990101000000_add_lead_status.up.sql",
        "-- What the sales people asked for.\nalter table contacts\n    add column lead_status varchar(40);\n",
    );
    story.home.migration("20990101000000_add_lead_status.down.sql", "alter table contacts drop column lead_status;\n");
    story.run("migrate status --check", 8, "");
    story.run("migrate status --json", 0, "");
    story.run("migrate status acme beta --format plain", 0, "");
    story.run("migrate status --at-least 20990101000000", 8, "5 of 5 tenants not known");
    story.run("migrate status --at-least 20250126000006_add_custom_fields --json", 0, "");
    story.run("migrate plan", 0, "5 behind");
    story.run("migrate plan acme --json", 0, "");
    story.run("migrate plan --format markdown --sql", 0, "");
    story.run("migrate all-tenants --dry-run --canary 2", 0, "canary: 2 tenants");
    story.run("migrate list", 0, "");
    story.run("migrate list --json", 0, "");
    story.run("migrate show add_lead_status", 0, "What the sales people asked for");
    story.run("migrate show add_lead_statu --json", 5, "");
    story.run("migrate rehearse acme", 0, "1 migration applied");
    story.run("migrate rehearse acme --json", 0, "");
    story.run("migrate rehearse nosuch", 5, "");

    story.run("migrate tenant acme", 0, "✓ acme  20990101000000_add_lead_status");
    story.run("migrate tenant acme --json", 0, "");
    story.by_hand("broken", "alter table contacts add column lead_status varchar(40)").await;
    story.run("migrate rehearse broken", 3, "");
    story.run("migrate all-tenants --rehearse broken", 3, "The run was not started");
    let failed = story.run("migrate all-tenants --reason release", 3, "3 migrated, 1 current, 1 failed");
    assert!(failed.err.contains("✗ broken  20990101000000_add_lead_status:2"), "{}", failed.err);
    let run = story.home.json("run list")[0]["run"].as_i64().unwrap();
    let print = story.home.json(&format!("run causes {run}"))[0]["fingerprint"].as_str().unwrap().to_owned();
    story.run("run list", 0, "");
    story.run("run list --all --limit 2 --json", 0, "");
    story.run(&format!("run list --before {run}"), 0, "");
    story.run(&format!("run show {run}"), 0, &format!("neo run rerun {run} --cause {print}"));
    story.run(&format!("run show {run} --json"), 0, "");
    story.run(&format!("run causes {run}"), 0, "");
    story.run(&format!("run causes {run} --json"), 0, "");
    story.run(&format!("run tasks {run}"), 0, "");
    story.run(&format!("run tasks {run} --status failed --json"), 0, "");
    story.run(&format!("run tasks {run} --limit 2"), 0, "The next: --after");
    story.run(&format!("run tasks {run} --search roke"), 0, "");
    story.run(&format!("run tasks {run} --after nonsense"), 2, "");
    story.run(&format!("run logs {run} --cause {print}"), 0, "lead_status");
    story.run(&format!("run logs {run} --tenant acme --json"), 0, "");
    story.run(&format!("run watch {run} --progress failures"), 3, "");
    story.run(&format!("run watch {run} --format ndjson"), 3, "");
    story.run(&format!("run watch {run} --since 3 --format ndjson"), 3, "");
    story.run(&format!("run rerun {run}"), 3, "1 tenant tried again");
    story.run(&format!("run rerun {run} --tenant broken --json"), 3, "");
    story.run(&format!("run rerun {run} --cause ffffff"), 5, "");
    story.run("run list --failed", 0, "");
    story.run(&format!("run acknowledge {run} --cause {print} --note later"), 0, "later");
    story.run(&format!("run acknowledge {run} --cause ffffff"), 5, "");
    story.run(&format!("run acknowledge {run} --cause {print} --end --json"), 0, "");
    story.run(&format!("run skip {run} broken --reason known"), 0, "");
    story.run(&format!("run skip {run} acme --reason known"), 6, "");
    story.run(&format!("run cancel {run}"), 6, "");
    story.run(&format!("run pause {run} --json"), 6, "");
    story.run(&format!("run resume {run}"), 6, "");
    story.run("migrate resolve broken", 0, "nothing is half done");
    story.run("migrate resolve broken --json", 0, "");
    story.run("migrate resolve --all", 0, "");
    story.run("migrate resolve broken --applied --yes", 6, "");
    story.run(&format!("migrate resolve --run {run} --cause ffffff"), 5, "");

    story.by_hand("broken", "alter table contacts drop column lead_status").await;
    story.run("migrate tenant broken --json", 0, "");
    story.run("migrate all-tenants", 0, "nothing to do");
    story.run("migrate all-tenants --trust 0 --format ndjson", 0, "");
    story.by_hand("echo", "create table by_hand (id integer)").await;
    story.run("migrate verify", 8, "echo drifted");
    story.run("migrate verify --json", 8, "");

    story.run("migrate rollback acme --dry-run", 0, "");
    story.run("migrate rollback acme", 2, "--yes");
    story.run("migrate rollback acme --yes", 0, "1 rolled back");
    story.run("migrate rollback acme --yes --to 20990101000000 --json", 0, "");
    story.run("migrate rollback --all --steps 1", 2, "--yes");
    story.run("migrate rollback --all --steps 1 --yes --json", 0, "");
    story.run("migrate rollback --run 999 beta --yes", 5, "");

    // A canary, and a person that is waited for.
    story.run("migrate all-tenants --canary beta --wait", 9, "neo run resume");
    let run = story.home.json("run list")[0]["run"].as_i64().unwrap();
    story.run(&format!("run show {run}"), 0, "canary 1");
    story.run(&format!("run show {run} --json"), 0, "");
    story.run("migrate all-tenants --on-error stop", 6, &format!("run {run}"));
    story.run(&format!("run resume {run}"), 0, "5 migrated");
    story.home.migration("20990101000001_bad.up.sql", "create tabel bad (id integer);\n");
    story.run("migrate all-tenants --canary beta", 9, "halted");
    let run = story.home.json("run list")[0]["run"].as_i64().unwrap();
    story.run(&format!("run cancel {run} --json"), 0, "");
    std::fs::remove_file(story.home.migrations().join("20990101000001_bad.up.sql")).unwrap();

    // What there is not, and what cannot be.
    story.home.run("tenant quarantine beta --reason moves").expect(0);
    story.run("migrate plan", 0, "in quarantine: beta");
    story.run("migrate all-tenants --trust 0", 0, "beta in quarantine");
    story.run("migrate tenant nosuch", 5, "");
    story.run("migrate tenant acm --json", 5, "");
    story.run("migrate all-tenants --to nosuch", 5, "");
    story.run("migrate all-tenants --server nosuch", 5, "");
    story.run("migrate all-tenants --tag nosuch", 5, "");
    story.run("migrate all-tenants --behind", 0, "nothing to do");
    story.run("migrate all-tenants --at 2020-01-01T00:00:00Z --json", 2, "");
    story.run("migrate all-tenants --canary tag:nosuch", 2, "");
    story.run("run show 999", 5, "");
    story.run("run show 999 --json", 5, "");
    story.run("run watch 999", 5, "");
    story.run("run logs 999", 5, "");
    assert!(story.wrong.is_empty(), "{}", story.wrong.join("\n"));
    story.said
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_story_is_the_same_from_afar() {
    let near = tokio::spawn(tell(false));
    let (far, near) = (tell(true).await, near.await.unwrap());
    assert_eq!(near.len(), far.len());
    let others = near.iter().zip(&far).filter(|(near, far)| near != far);
    let others: Vec<_> = others.map(|(near, far)| format!("--- near\n{near}\n--- far\n{far}")).collect();
    assert!(others.is_empty(), "{} of {} differ:\n{}", others.len(), near.len(), others.join("\n======\n"));
}
