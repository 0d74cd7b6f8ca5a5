//! `server.mjs` of docs/apps.md, with pg, mysql2 and better-sqlite3.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::shop::{Shop, http};
use super::{A_DAY, Application, USUAL, blocks, life, renewal};
use crate::support;

/// Where the packages are: installed as the lock file says, where they are not yet.
fn packages() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/apps").canonicalize().unwrap();
        let at = |file: &str| std::fs::metadata(folder.join(file)).and_then(|found| found.modified()).ok();
        if at("node_modules/.package-lock.json") < at("package-lock.json") {
            let output = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).output();
            let output = output.expect("npm is there: tools/setup.sh brings it");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        folder
    })
}

struct Server {
    child: Child,
    http: reqwest::Client,
    address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    async fn of(shop: &Shop, keep: Duration) -> Self {
        let (packages, folder, port) = (packages(), tempfile::tempdir().unwrap(), support::free_port());
        let told = blocks("js");
        let [tenants, server] = &told[..] else { panic!("{}", told.len()) };
        std::fs::write(folder.path().join("tenants.mjs"), tenants).unwrap();
        std::fs::write(folder.path().join("server.mjs"), server).unwrap();
        std::os::unix::fs::symlink(packages.join("node_modules"), folder.path().join("node_modules")).unwrap();
        let child = Command::new("node")
            .arg("--import")
            .arg(packages.join("names.mjs"))
            .arg("server.mjs")
            .current_dir(folder.path())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("NEO_URL", &shop.url)
            .env("NEO_TOKEN", &shop.token)
            .env("NEO_KEEP", keep.as_millis().to_string())
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(60), "the application does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { child, http: http(), address: format!("http://127.0.0.1:{port}/"), _folder: folder }
    }
}

impl Application for Server {
    async fn ask(&mut self, host: &str) -> Result<i64, u16> {
        assert!(self.child.try_wait().unwrap().is_none(), "the application has ended");
        let answer = self.http.get(&self.address).header("host", host).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        if status.is_success() { Ok(text.trim().parse().unwrap()) } else { Err(status.as_u16()) }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "its packages take minutes to be built: make apps"]
async fn an_application_in_node_goes_on_whatever_becomes_of_its_tenants() {
    let shop = Shop::open().await;
    renewal(&shop, &mut Server::of(&shop, A_DAY).await).await;
    life(&shop, &mut Server::of(&shop, USUAL).await).await;
}
