//! A real mail server, fetched from PyPI: what it lets in, what it refuses, and TLS in both of its forms.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use neo::actor::Role;
use neo::admins::{self, Invitation};
use neo_model::Mailed;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::certificates::Certificates;
use crate::world::{World, actor};

const PACKAGES: [&str; 3] = ["aiosmtpd==1.4.6", "atpublic==9.0.0", "attrs==26.1.0"];
/// Where the authority is that a process started again is to trust.
const AGAIN: &str = "NEO_SMTP_AGAIN";

/// The folder where the packages are: fetched once for a target folder.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("worlds-smtp");
    let (there, wanted) = (folder.join("fetched"), PACKAGES.join(" "));
    if std::fs::read_to_string(&there).unwrap_or_default() != wanted {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]);
        let done = pip.args(["--no-deps", "--upgrade", "--target"]).arg(&folder).args(PACKAGES).status().unwrap();
        assert!(done.success(), "pip cannot fetch {wanted}");
        std::fs::write(there, wanted).unwrap();
    }
    folder
});

struct Server {
    child: Child,
    said: BufReader<ChildStdout>,
    port: u16,
}

impl Server {
    fn new(way: &str, certificates: Option<&Certificates>) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/smtp.py");
        let mut python = Command::new("python3");
        python.arg(script).arg(way).arg(port.to_string()).env("PYTHONPATH", &*PYTHON).stdout(Stdio::piped());
        if let Some(made) = certificates {
            python.arg(made.path("right.crt")).arg(made.path("server.key"));
        }
        let mut child = python.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut server = Self { child, said, port };
        assert_eq!(server.line().trim(), "ready");
        server
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line
    }

    /// The next mail that it took.
    fn mail(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn invited(url: String, email: &str) -> (String, Mailed) {
    let world = World::with(|config| {
        config.smtp_url = Some(url.into());
        config.smtp_from = Some("neo@example.com".into());
    })
    .await;
    let new = Invitation { email: email.into(), first_name: None, last_name: None, role: Role::Admin };
    let link = admins::invite(&world.platform, &actor(Role::Superadmin), new).await.unwrap();
    (link.url.expose_secret().to_owned(), link.mailed.unwrap())
}

async fn server(way: &'static str, certificates: Option<&Certificates>) -> Server {
    tokio::task::block_in_place(|| Server::new(way, certificates))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "fetches a mail server"]
async fn a_real_mail_server_takes_an_invitation_and_what_it_refuses_is_told() {
    let mut server = server("plain", None).await;
    let at = format!("127.0.0.1:{}", server.port);
    let (url, mailed) = invited(format!("smtp://neo:hush-hush@{at}"), "joan@example.com").await;
    assert_eq!(mailed, Mailed { sent: true, why: None });
    let mail = server.mail();
    let text = mail["text"].as_str().unwrap().replace("=\r\n", "").replace("=3D", "=");
    assert!(
        text.contains(&url) && text.contains("Subject: Your invitation to Neo at central.localhost:3000"),
        "{text}"
    );
    assert_eq!((&mail["from"], &mail["to"][0]), (&"neo@example.com".into(), &"joan@example.com".into()));
    for (login, email, said) in [
        ("neo:wrong-hush", "joan@example.com", "the mail server refused the login (535)"),
        ("neo:hush-hush", "nobody@example.com", "the mail server refused it (550): 5.1.1 no such user here"),
        ("", "joan@example.com", "the mail server refused the login (530)"),
    ] {
        let at = if login.is_empty() { at.clone() } else { format!("{login}@{at}") };
        let (_, mailed) = invited(format!("smtp://{at}"), email).await;
        assert_eq!(mailed, Mailed { sent: false, why: Some(said.into()) });
    }
}

/// Under an authority that this process does not know, and under the same in one that is told to trust it, as an operator does.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "fetches a mail server"]
async fn under_tls_a_server_is_who_its_certificate_says_or_it_is_told_nothing() {
    if let Ok(url) = std::env::var(AGAIN) {
        let (_, mailed) = invited(url, "joan@example.com").await;
        return assert_eq!(mailed, Mailed { sent: true, why: None });
    }
    let certificates = tokio::task::block_in_place(|| Certificates::new("root"));
    for (way, scheme, query) in [("smtps", "smtps", ""), ("starttls", "smtp", "?tls=on")] {
        let mut server = server(way, Some(&certificates)).await;
        let url = format!("{scheme}://neo:hush-hush@localhost:{}{query}", server.port);
        let (_, mailed) = invited(url.clone(), "joan@example.com").await;
        let why = mailed.why.unwrap();
        assert!(!mailed.sent && why.starts_with("the mail server could not be talked to under TLS: "), "{way}: {why}");
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["worlds::smtp::under_tls", "--include-ignored"]).env(AGAIN, &url);
        let output =
            tokio::task::block_in_place(|| again.env("SSL_CERT_FILE", certificates.path("ca.pem")).output().unwrap());
        assert!(output.status.success(), "{way}: {}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(server.mail()["tls"], true, "{way}");
    }
}
