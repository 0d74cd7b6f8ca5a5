//! Mail: what goes out, what is said of what does not, and how long anybody waits for it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use neo::actor::{Actor, Role};
use neo::admins::{self, Chosen, Invitation};
use neo::link::Link;
use neo::{Platform, doctor};
use neo_model::Mailed;
use secrecy::ExposeSecret;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::admin;
use crate::world::{World, actor};

/// How a mail server behaves.
#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    Takes,
    RefusesTheLogin,
    RefusesWhom,
    /// As a filter does that names the address it took offence at.
    RefusesWhat,
    /// It takes the call and says nothing.
    Hangs,
    /// It says something now and then, and never all of it.
    Drips,
}

/// A mail server of this test's own, and what it was handed.
pub struct Letterbox {
    pub url: String,
    pub letters: Arc<Mutex<Vec<String>>>,
}

pub async fn letterbox(manner: Manner) -> Letterbox {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://neo:hush-hush@127.0.0.1:{}", listener.local_addr().unwrap().port());
    let letters = Arc::new(Mutex::new(Vec::new()));
    let taken = letters.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, manner, taken.clone()));
        }
    });
    Letterbox { url, letters }
}

async fn serve(stream: TcpStream, manner: Manner, letters: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    match manner {
        Manner::Hangs => return std::future::pending().await,
        Manner::Drips => loop {
            if write.write_all(b"220-wait\r\n").await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        },
        Manner::Takes | Manner::RefusesTheLogin | Manner::RefusesWhom | Manner::RefusesWhat => {}
    }
    write.write_all(b"220 letterbox\r\n").await.unwrap();
    let (mut letter, mut is_text) = (String::new(), false);
    while let Ok(Some(line)) = lines.next_line().await {
        letter.push_str(&line);
        letter.push('\n');
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            _ if is_text && line == "." => {
                is_text = false;
                let text = letter.replace("=\n", "").replace("=3D", "=");
                if manner == Manner::RefusesWhat {
                    let (_, url) = text.split_once("token=").unwrap();
                    let answer = format!("550 5.7.1 blocked: {} is listed\r\n", &url[2..20]);
                    write.write_all(answer.as_bytes()).await.unwrap();
                    continue;
                }
                letters.lock().unwrap().push(std::mem::take(&mut letter));
                "250 taken".to_owned()
            }
            _ if is_text => continue,
            "EHLO" => "250-letterbox\r\n250 AUTH PLAIN".to_owned(),
            // What a careless server says of it.
            "AUTH" if manner == Manner::RefusesTheLogin => format!("535 hush-hush is wrong, and so is {line}"),
            "AUTH" => "235 in".to_owned(),
            "RCPT" if manner == Manner::RefusesWhom => "550 5.1.1 nobody of this name".to_owned(),
            "DATA" => {
                is_text = true;
                "354 go on".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 well".to_owned(),
        };
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn world(url: &str) -> World {
    let url = url.to_owned();
    World::with(|config| {
        config.smtp_url = Some(url.into());
        config.smtp_from = Some("Neo <neo@example.com>".into());
    })
    .await
}

async fn invited(platform: &Platform) -> Link {
    let new = Invitation { email: "joan@example.com".into(), first_name: None, last_name: None, role: Role::Support };
    admins::invite(platform, &actor(Role::Superadmin), new).await.unwrap()
}

/// Why it was not mailed. The link is good all the same.
async fn refused(platform: &Platform) -> String {
    let link = invited(platform).await;
    let mailed = link.mailed.clone().unwrap();
    assert!(!mailed.sent);
    let token = link.url.expose_secret().split_once("token=").unwrap().1;
    let chosen = Chosen { password: "seven small boats at noon".into(), names: ("Joan".into(), "Clarke".into()) };
    admins::redeem(platform, token, chosen, None).await.unwrap();
    mailed.why.unwrap()
}

async fn found(platform: &Platform) -> Option<doctor::Finding> {
    let all = doctor::examine(platform, &Actor::operator()).await.unwrap();
    all.into_iter().find(|finding| finding.area == "mail")
}

#[tokio::test]
async fn a_link_is_mailed_to_whose_it_is_and_shown_all_the_same() {
    let letterbox = letterbox(Manner::Takes).await;
    let world = world(&letterbox.url).await;
    let platform = &world.platform;
    admin(platform, "ada@example.com", Role::Admin).await;
    let invitation = invited(platform).await;
    let reset = admins::link(platform, &actor(Role::Superadmin), "ada@example.com").await.unwrap();
    let letters = letterbox.letters.lock().unwrap().clone();
    assert_eq!(letters.len(), 2);
    for (letter, link, to, said) in [
        (&letters[0], &invitation, "joan@example.com", "You are invited to the console"),
        (&letters[1], &reset, "ada@example.com", "choose a new password"),
    ] {
        assert_eq!(link.mailed, Some(Mailed { sent: true, why: None }));
        let letter = letter.replace("=\n", "").replace("=3D", "=");
        for part in [
            "From: Neo <neo@example.com>",
            &format!("To: {to}"),
            &format!("RCPT TO:<{to}>"),
            "Content-Type: text/plain; charset=utf-8",
            "Auto-Submitted: auto-generated",
            "Subject: ",
            said,
            link.url.expose_secret(),
            &neo::clock::rfc3339(link.expires_at),
        ] {
            assert!(letter.contains(part), "{part}: {letter}");
        }
        assert!(!letter.contains("html"), "{letter}");
    }
    let finding = found(platform).await.unwrap();
    assert!(finding.ok && !finding.message.contains("hush"), "{finding:?}");

    let without = World::new().await;
    assert!(invited(&without.platform).await.mailed.is_none() && found(&without.platform).await.is_none());
}

#[tokio::test]
async fn what_is_not_mailed_says_why_without_the_login_and_the_link_is_good() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let gone = format!("smtp://neo:hush-hush@127.0.0.1:{gone}");
    for (url, said, is_ready) in [
        (letterbox(Manner::RefusesTheLogin).await.url, "the mail server refused the login (535)", false),
        (letterbox(Manner::RefusesWhom).await.url, "the mail server refused it (550): 5.1.1 nobody of this name", true),
        (letterbox(Manner::RefusesWhat).await.url, "the mail server refused it (550)", true),
        (gone, "the mail server cannot be reached: ", false),
    ] {
        let world = world(&url).await;
        let why = refused(&world.platform).await;
        assert!(why.starts_with(said) && !why.contains("hush") && !why.contains("is listed"), "{why}");
        let finding = found(&world.platform).await.unwrap();
        assert_eq!((finding.ok, finding.subject.contains("neo:")), (is_ready, false), "{finding:?}");
    }
}

#[tokio::test]
async fn a_mail_server_that_says_nothing_or_never_all_of_it_is_waited_for_ten_seconds() {
    let waited = async |manner: Manner| {
        let world = world(&letterbox(manner).await.url).await;
        let began = Instant::now();
        assert_eq!(refused(&world.platform).await, "the mail server did not answer within 10 s");
        let waited = began.elapsed();
        assert!((9..25).contains(&waited.as_secs()), "{waited:?}");
    };
    tokio::join!(waited(Manner::Hangs), waited(Manner::Drips));
}

#[tokio::test]
async fn half_of_what_is_set_about_mail_is_refused_before_anything_begins() {
    let dir = tempfile::tempdir().unwrap();
    let url = crate::world::sqlite_url(dir.path());
    for (smtp_url, smtp_from, said) in [
        ("smtp://127.0.0.1:25", None, "SMTP_URL is set, and SMTP_FROM is not"),
        ("imap://u:hush@127.0.0.1", Some("neo@example.com"), "SMTP_URL is no address of a mail server"),
    ] {
        let mut config = crate::world::config(dir.path(), &url, crate::world::new_keys());
        config.smtp_url = Some(smtp_url.into());
        config.smtp_from = smtp_from.map(str::to_owned);
        let error = Platform::open(config).await.err().unwrap();
        assert_eq!((error.message.as_str(), error.kind.exit_code()), (said, 2));
        assert!(!format!("{error:?}").contains("hush"));
    }
}
