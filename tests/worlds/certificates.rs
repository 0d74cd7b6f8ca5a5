//! Servers whose certificates are of an authority that nobody here knows, or wrong in one way or another: made by openssl, and
//! looked at by the very clients that Neo has, `pg_dump` and `mariadb-dump` among them.

use std::path::{Path, PathBuf};
use std::process::Command;

use neo::engine::Tls;
use neo::error::{Error, Kind};
use neo::servers::{self, NewServer, Server};
use neo::tenants;
use rstest::rstest;

use crate::support::{self, ADMIN, Cluster};
use crate::tenants::{Home, made, operator};
use crate::world::World;

/// What openssl has made, for the server's user to read.
pub(super) struct Certificates {
    folder: tempfile::TempDir,
    user: &'static str,
}

impl Certificates {
    pub(super) fn new(user: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Self { folder, user };
        let openssl = |line: &str| made.run("openssl", line);
        for authority in ["ca", "other"] {
            openssl(&format!(
                "req -x509 -newkey rsa:2048 -nodes -keyout {authority}.key -out {authority}.pem -days 30 -subj /CN={authority} \
                 -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
            ));
        }
        openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server");
        for (name, alternative) in [("right", "DNS:localhost,IP:127.0.0.1"), ("strange", "DNS:db.example.com")] {
            let extensions = format!("subjectAltName={alternative}\nbasicConstraints=CA:FALSE\n");
            std::fs::write(made.path(&format!("{name}.ext")), extensions).unwrap();
            openssl(&made.signed(name, name));
        }
        made.run("faketime", &format!("2020-01-01 openssl {}", made.signed("expired", "right")));
        // An authority's own, as `openssl req -x509` makes it unless told otherwise.
        std::fs::copy(made.path("ca.pem"), made.path("authority.crt")).unwrap();
        made.put("right");
        made
    }

    fn signed(&self, name: &str, extensions: &str) -> String {
        format!(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile {extensions}.ext -out {name}.crt"
        )
    }

    fn run(&self, program: &str, line: &str) {
        let output =
            Command::new(program).args(line.split_whitespace()).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// What the server shows from its next look on.
    fn put(&self, name: &str) {
        std::fs::copy(self.path(&format!("{name}.crt")), self.path("shown.crt")).unwrap();
        let key = if name == "authority" { "ca.key" } else { "server.key" };
        std::fs::copy(self.path(key), self.path("shown.key")).unwrap();
        let shell = format!(
            "chmod 755 . && chmod 600 shown.key && if [ $(id -u) = 0 ]; then chown {0}:{0} shown.key shown.crt ca.pem; fi",
            self.user
        );
        let output = Command::new("sh").args(["-c", &shell]).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A server with these certificates, and how it is told to look at them again.
struct Secured {
    cluster: Cluster,
    home: Home,
    certificates: Certificates,
}

impl Secured {
    async fn new(home: Home) -> Self {
        tokio::task::spawn_blocking(move || {
            let certificates = Certificates::new(if home == Home::Postgres { "postgres" } else { "mysql" });
            let (shown, key) = (certificates.path("shown.crt"), certificates.path("shown.key"));
            let (shown, key) = (shown.display(), key.display());
            let cluster = match home {
                Home::Postgres => {
                    support::own_postgres(&format!("-c ssl=on -c ssl_cert_file={shown} -c ssl_key_file={key}"))
                }
                _ => support::own_mariadb(&format!("--ssl-cert={shown} --ssl-key={key}")),
            };
            Self { cluster, home, certificates }
        })
        .await
        .unwrap()
    }

    async fn shows(&self, name: &str) {
        self.certificates.put(name);
        let again = if self.home == Home::Postgres { "select pg_reload_conf()" } else { "flush ssl" };
        self.cluster.query("", again).await;
        // PostgreSQL's processes heed it in their own time.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }

    fn url(&self, query: &str) -> String {
        format!("{}?{query}", self.cluster.url_of(ADMIN, &self.cluster.password, ""))
    }

    fn new_server(&self, tls_ca: Option<String>) -> NewServer {
        let new = NewServer::from_url("secured", &self.cluster.admin_url().into()).unwrap();
        NewServer { tls: Some(Tls::VerifyFull), tls_ca, ..new }
    }

    async fn add(&self, world: &World, tls_ca: Option<String>) -> Result<Server, Error> {
        servers::add(&world.platform, &operator(), self.new_server(tls_ca)).await
    }
}

fn cause(error: &Error) -> &str {
    error.cause.as_deref().unwrap_or_default()
}

#[rstest]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn a_server_of_a_private_authority_is_trusted_by_name_and_every_other_trouble_has_its_own_words(
    #[case] home: Home,
) {
    let secured = Secured::new(home).await;
    let world = World::new().await;
    let authority = secured.certificates.text("ca.pem");
    let error = secured.add(&world, None).await.unwrap_err();
    assert!(cause(&error).ends_with("its certificate is from an authority that is not known here"), "{error}");
    assert!(error.hint.clone().is_some_and(|hint| hint.command().contains("--tls-ca FILE")), "{error:?}");
    let error = secured.add(&world, Some(secured.certificates.text("other.pem"))).await.unwrap_err();
    assert!(cause(&error).contains("an authority that is not known here"), "{error}");
    for (name, said, way_out) in [
        (
            "strange",
            "its certificate is for db.example.com, and not for 127.0.0.1",
            "give the host as the certificate has it",
        ),
        ("expired", "its certificate has expired", "have it renewed"),
        ("authority", "its certificate is an authority's own, and no server's", "have a certificate made"),
    ] {
        secured.shows(name).await;
        let error = secured.add(&world, Some(authority.clone())).await.unwrap_err();
        assert!(cause(&error).ends_with(said), "{name}: {error}");
        assert!(error.hint.clone().is_some_and(|hint| hint.command().contains(way_out)), "{name}: {error:?}");
    }
    // Whoever does not look sees nothing of it.
    let unseen = NewServer { tls: Some(Tls::Require), ..secured.new_server(None) };
    servers::add(&world.platform, &operator(), NewServer { name: "unseen".into(), ..unseen }).await.unwrap();
    secured.shows("right").await;
    let server = secured.add(&world, Some(authority.clone())).await.unwrap();
    assert_eq!((server.tls, server.tls_ca.as_deref()), (Tls::VerifyFull, Some(authority.trim())));
}

#[rstest]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn a_tenant_of_such_a_server_lives_and_leaves_a_backup(#[case] home: Home) {
    let secured = Secured::new(home).await;
    let world = World::new().await;
    let platform = &world.platform;
    // As a URL says it.
    let file = secured.certificates.path("ca.pem");
    let query = match home {
        Home::Postgres => format!("sslmode=verify-full&sslrootcert={}", file.display()),
        _ => format!("ssl-mode=verify_identity&ssl-ca={}", file.display()),
    };
    let new = NewServer::from_url("secured", &secured.url(&query).into()).unwrap();
    servers::add(platform, &operator(), new).await.unwrap();
    std::fs::write(world.migrations().join("20260101000001_one.up.sql"), "create table one (id int primary key);")
        .unwrap();
    let tenant = made(&world, "acme", "secured").await;
    assert_eq!(tenant.version, Some(20260101000001));
    let deleted = tenants::delete(platform, &operator(), "acme", "acme", true).await.unwrap();
    let backup = deleted.backup.unwrap();
    assert!(Path::new(&backup).metadata().unwrap().len() > 500, "{backup:?}");
    let beside = std::fs::read_dir(Path::new(&backup).parent().unwrap()).unwrap().count();
    assert_eq!(beside, 2, "it and its manifest; whom it trusted lies there no more");

    // Whoever changes whom the server may be trusted by does not get its password.
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("update servers set tls_ca = $1 where name = 'secured'")
        .bind(secured.certificates.text("other.pem"))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let error = servers::check(platform, &operator(), "secured").await.unwrap_err();
    assert!(error.message.contains("cannot be opened"), "{error}");
}

#[rstest]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn a_server_without_tls_is_told_as_that(#[case] home: Home) {
    let cluster = if home == Home::Postgres { support::postgres().await } else { support::mariadb().await };
    let world = World::new().await;
    for tls in [Tls::Require, Tls::VerifyFull] {
        let new = NewServer::from_url("plain", &cluster.admin_url().into()).unwrap();
        let error = servers::add(&world.platform, &operator(), NewServer { tls: Some(tls), ..new }).await.unwrap_err();
        assert!(cause(&error).ends_with("the server speaks no TLS"), "{error}");
        assert!(error.hint.clone().is_some_and(|hint| hint.command().contains("--insecure")), "{error:?}");
        assert_ne!(error.kind, Kind::Internal);
    }
}
