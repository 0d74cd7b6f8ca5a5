//! What receivers do that are no good ones, and what the program says of it: bounded, and in words.

use std::process::Command;
use std::time::{Duration, Instant};

use neo_model::{Notice, NoticeKind, NoticeState};

use super::receiver::{Manner, Receiver};
use crate::program::{Answer, Program};

/// Off the threads that the receivers are on.
async fn run(program: &Program, line: &str) -> Answer {
    tokio::task::block_in_place(|| program.run(line))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_receiver_that_is_no_good_one_is_told_of_in_words_and_keeps_nobody_for_long() {
    let program = Program::new();
    let led = Receiver::new(Manner::Takes).await;
    let elsewhere: &'static str =
        format!("HTTP/1.1 307 Elsewhere\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", led.url("http", "x")).leak();
    let cases = [
        ("hangs", Manner::Hangs, "http", "nothing came within 10 s"),
        ("drips", Manner::Drips, "http", ""),
        ("leads", Manner::Says(elsewhere), "http", "it sends elsewhere (307), and that is not followed"),
        ("fails", Manner::Says("HTTP/1.1 500 No\r\ncontent-length: 4\r\n\r\noops"), "http", "it answered 500: oops"),
        (
            "busy",
            Manner::Says("HTTP/1.1 429 Slow\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n"),
            "http",
            "it has had too many messages (429)",
        ),
        ("raves", Manner::Says("what do I know\r\n\r\n"), "http", ""),
        ("endless", Manner::Endless, "http", "it answered 500: xxxx"),
        ("naked", Manner::Takes, "https", ""),
    ];
    let mut receivers = Vec::new();
    for (name, manner, scheme, _) in cases {
        let receiver = Receiver::new(manner).await;
        let added =
            run(&program, &format!("channel add {name} --webhook {} --on failed", receiver.url(scheme, "hush-hush")))
                .await;
        let secret = added.expect(0).out;
        assert!(secret.starts_with("whsec_") && secret.lines().count() == 1, "{secret}");
        receivers.push(receiver);
    }
    let list = run(&program, "channel list").await.expect(0);
    assert!(!list.out.contains("hush") && !list.out.contains("whsec"), "{}", list.out);
    for (name, _, _, said) in cases {
        let began = Instant::now();
        let answer = run(&program, &format!("channel test {name}")).await;
        assert!(began.elapsed() < Duration::from_secs(20), "{name}: {:?}", began.elapsed());
        assert_eq!(answer.code, 7, "{name}: {}", answer.err);
        assert!(
            answer.err.contains(&format!("the test did not reach {name}")) && answer.err.contains(said),
            "{name}: {}",
            answer.err
        );
        assert!(!answer.err.contains("hush"), "{name}: {}", answer.err);
    }
    assert!(led.all().is_empty(), "it was led elsewhere");
    let all = run(&program, "channel list --json").await.expect(0).json();
    for channel in all.as_array().unwrap() {
        assert_eq!(channel["last"]["state"], NoticeState::GivenUp.as_str(), "{channel}");
        assert!(channel["last"]["error"].as_str().unwrap().chars().count() < 400, "{channel}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_at_a_shell_tells_what_it_has_caused_before_it_ends() {
    let program = Program::new();
    let receiver = Receiver::new(Manner::Takes).await;
    let broken = Receiver::new(Manner::Says("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")).await;
    let url = receiver.url("http", "neo");
    // What is secret of an address need not stand in the arguments.
    let added =
        tokio::task::block_in_place(|| program.run_with("channel add ops --webhook - --on failed,finished", &[], &url));
    added.expect(0);
    run(&program, &format!("channel add other --discord {} --on failed", broken.url("http", "x"))).await.expect(0);
    run(&program, "tenant create acme").await.expect(0);
    run(&program, "tenant create beta").await.expect(0);
    assert!(receiver.all().is_empty());
    program.migration("20990101000000_odd.up.sql", "insert into nowhere values (1);");
    let answer = run(&program, "migrate all-tenants --yes").await.expect(3);
    assert!(
        answer.err.contains("A notice was not taken (it answered 503); neo serve or neo work tries it again"),
        "{}",
        answer.err
    );
    let got = receiver.all();
    assert_eq!(got.len(), 1);
    let notice: Notice = serde_json::from_str(&got[0].body).unwrap();
    assert_eq!((notice.kind, notice.causes[0].count), (NoticeKind::Failed, 2));
    assert_eq!(got[0].header("content-type"), "application/json");
    assert_eq!(got[0].header("webhook-id"), notice.id);
    let sent = broken.all();
    assert!(
        sent[0].body.contains("\"allowed_mentions\":{\"parse\":[]}") && sent[0].header("webhook-signature").is_empty()
    );
    // What has caused nothing sends nothing.
    run(&program, "tenant list").await.expect(0);
    assert_eq!(broken.all().len(), 1);
    let told = run(&program, "channel show other --json").await.expect(0).json();
    assert_eq!((&told[0]["state"], &told[0]["tries"]), (&NoticeState::Waiting.as_str().into(), &1.into()));
    run(&program, "channel off other").await.expect(0).says("1 notice waits on");
    run(&program, "channel remove other").await.expect(0);
    assert_eq!(run(&program, "channel list --json").await.expect(0).json().as_array().unwrap().len(), 1);
}

/// The example of docs/notices.md, as it stands there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_example_of_the_documentation_knows_a_message_of_ours_from_anothers() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/notices.md")).unwrap();
    let (_, example) = docs.split_once("```python\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let program = Program::new();
    let receiver = Receiver::new(Manner::Takes).await;
    let secret = run(&program, &format!("channel add ops --webhook {} --on failed", receiver.url("http", "x")))
        .await
        .expect(0)
        .out;
    run(&program, "channel test ops").await.expect(0);
    let got = receiver.all().remove(0);
    let verify = |body: &str, secret: &str| {
        let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| got.header(name).to_owned());
        let mut child = Command::new("python3");
        let text = "import sys\nheaders = dict(zip(['webhook-id', 'webhook-timestamp', 'webhook-signature'], sys.argv[1:4]))\n\
                    print(is_from_neo(sys.argv[4], headers, sys.argv[5].encode()))";
        let out =
            child.args(["-c", &format!("{example}\n{text}")]).args(headers).args([secret, body]).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(verify(&got.body, secret.trim()), "True");
    assert_eq!(verify(&got.body.replace("test", "best"), secret.trim()), "False");
    assert_eq!(verify(&got.body, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "False");
}
