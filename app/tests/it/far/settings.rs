//! What `NEO_URL` and `NEO_TOKEN` say is looked at before anything is sent, and what answers there is told from a console.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use super::{Console, token};
use crate::program::Program;
use crate::support;

/// Of the right form, and known to nobody.
const TOKEN: &str = "neo_00000000_0000000000000000000000000000000000000000_1SSZxD";

/// Answers everything with this, and passes on what it was asked.
fn stranger(answer: &'static str) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (to, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = vec![0; 8192];
            let n = stream.read(&mut head).unwrap_or_default();
            if to.send(String::from_utf8_lossy(&head[..n]).into_owned()).is_err() {
                return;
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, asked)
}

fn at(url: &str) -> Program {
    Program::bare().with("NEO_URL", url).with("NEO_TOKEN", TOKEN)
}

#[test]
fn each_mistake_in_the_settings_is_named_and_nothing_is_sent() {
    let (port, asked) = stranger("");
    let here = format!("http://127.0.0.1:{port}");
    let secret = &TOKEN[13..53];
    let cut = &TOKEN[..59];
    let mistyped = TOKEN.replace("_1SSZxD", "_1SSZxE");
    for (url, token, said) in [
        (here.as_str(), "", "NEO_TOKEN is not"),
        ("", TOKEN, "NEO_URL is not"),
        (&here, "neo_secret", "NEO_TOKEN is no token"),
        (&here, cut, "NEO_TOKEN is no token"),
        (&here, &mistyped, "NEO_TOKEN is no token"),
        ("central.example.com", TOKEN, "NEO_URL is no address"),
        ("http://central.example.com", TOKEN, "over http the token could be read"),
        ("http://10.0.0.7:3000", TOKEN, "over http the token could be read"),
        ("https://ada:hush@central.example.com", TOKEN, "it names a user"),
        (&format!("{here}/api/v1"), TOKEN, "more in it than scheme, host and port"),
        ("ftp://central.example.com", TOKEN, "neither https nor http"),
        ("https://", TOKEN, "NEO_URL is no address"),
    ] {
        let program = Program::bare().with("NEO_URL", url).with("NEO_TOKEN", token);
        for command in ["migrate all-tenants", "run list --json"] {
            let answer = program.run(command).expect(2).says(said);
            assert!(answer.err.contains("hint"), "{}", answer.err);
            assert!(!answer.err.contains(secret) && !answer.err.contains("hush"), "{}", answer.err);
        }
        // What asks nobody works all the same.
        program.run("openapi").expect(0);
    }
    assert!(asked.try_recv().is_err(), "something was sent");
}

#[test]
fn what_needs_the_machine_says_so() {
    let program = at("https://central.example.com");
    for command in ["serve", "work", "key status", "key generate", "key rewrap", "create-central-admin"] {
        program.run(command).expect(2).says("needs the machine").says("https://central.example.com");
    }
    let made = program.run("migrate make add_x").expect(0).out;
    assert_eq!(made.lines().count(), 2, "{made}");
    program.run("migrate digest").expect(0);
    program.run("openapi").expect(0);
    program.run("completions bash").expect(0);
}

#[test]
fn a_console_that_is_none_or_not_there_is_told_as_what_it_is() {
    let nobody = support::free_port();
    at(&format!("http://127.0.0.1:{nobody}"))
        .run("run list")
        .expect(7)
        .says(&format!("http://127.0.0.1:{nobody} cannot be reached"));
    at(&format!("http://nowhere.localhost:{nobody}")).run("run list").expect(7).says("cannot be reached");
    for (answer, code, said) in [
        (
            "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            2,
            "leads on to https://elsewhere.example/",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 26\r\nconnection: close\r\n\r\n<h1>the proxy is sad</h1>\n",
            7,
            "HTTP 502 Bad Gateway: <h1>the proxy is sad</h1>",
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnope",
            2,
            "does not answer as a console of Neo does",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
            7,
            "cannot be read",
        ),
    ] {
        let (port, asked) = stranger(answer);
        let told = at(&format!("http://127.0.0.1:{port}")).run("run list --json").expect(code).says(said);
        assert!(!told.err.contains(&TOKEN[13..53]), "{}", told.err);
        assert!(asked.recv().unwrap().starts_with("GET /api/v1/runs?"));
    }
}

#[test]
fn a_token_is_worth_what_it_is_worth() {
    let home = Program::new();
    home.run("tenant create acme --tag eu").expect(0);
    home.run("tenant create beta").expect(0);
    let confined = token(&home, "confined --role admin --tag eu");
    let support = token(&home, "support --role support");
    let console = Console::of(&home);

    console.afar(TOKEN).run("run list").expect(4);
    let confined = console.afar(&confined);
    assert_eq!(confined.json("migrate status").as_array().unwrap().len(), 1);
    confined.run("run show 2").expect(5);
    confined.run("migrate tenant beta").expect(5);
    confined.run("migrate all-tenants --json").expect(0);
    assert_eq!(confined.json("run list")[0]["tenants"]["total"], 1);
    let support = console.afar(&support);
    support.run("migrate status").expect(0);
    support.run("migrate all-tenants").expect(4);
    let newest = home.json("token list")[0]["id"].as_str().unwrap().to_owned();
    home.run(&format!("token revoke {newest}")).expect(0);
    support.run("migrate status").expect(4);
    // Under another name it is no console.
    let wrong = Program::bare().with("NEO_TOKEN", TOKEN).with("NEO_URL", &format!("http://127.0.0.1:{}", console.port));
    wrong.run("run list").expect(2).says("is not a host of this console");
}

#[test]
fn a_run_is_begun_with_the_files_that_stand_beside_the_command_or_not_at_all() {
    let home = Program::new();
    home.run("tenant create acme").expect(0);
    let token = token(&home, "far --role admin --allow-destructive");
    let console = Console::of(&home);
    let afar = console.afar(&token);
    afar.run("migrate all-tenants").expect(0);
    for file in std::fs::read_dir(home.migrations()).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap();
        afar.migration(file.file_name().to_str().unwrap(), &text);
    }
    afar.run("migrate all-tenants").expect(0);
    afar.migration("20990101000000_more.up.sql", "create table more (id integer);\n");
    let before = home.json("run list").as_array().unwrap().len();
    for command in ["migrate all-tenants", "migrate tenant acme", "migrate verify"] {
        afar.run(command).expect(6).says("20990101000000");
    }
    assert_eq!(home.json("run list").as_array().unwrap().len(), before);
    // What is only here is in no plan of the console's, and that is said.
    afar.run("migrate plan").expect(0).says("not in this plan: 20990101000000_more").says("nothing to do");
    afar.run("migrate plan --format markdown").expect(0).says("not in this plan: `20990101000000_more`");
    assert_eq!(afar.json("migrate plan")["absent"], serde_json::json!(["20990101000000_more"]));
    home.migration("20990101000000_more.up.sql", "create table more (id integer, n integer);\n");
    afar.run("migrate all-tenants --dry-run").expect(0).says("not in this plan: 20990101000000_more").says("1 behind");
    home.migration("20990101000000_more.up.sql", "create table more (id integer);\n");
    assert!(!afar.run("migrate plan").expect(0).err.contains("not in this plan"));
    assert_eq!(afar.json("migrate plan"), home.json("migrate plan"));
    afar.run("migrate all-tenants").expect(0).says("1 migrated");
}
