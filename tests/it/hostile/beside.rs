//! Who may write into the folder of a SQLite tenant puts something else there under the names of Neo's files and SQLite's.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use neo::actor::{Actor, Role};
use neo::engine::{Connection, Engine, Target, Tls};
use neo::{doctor, tenants};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::runs::migration;
use crate::tenants::{Home, made};
use crate::world::{World, actor};

const SECRET: &str = "ef90ef2a00000000000000000000000000000000000000000000000000000001";

/// The tenant `acme` on SQLite, and its file.
async fn acme() -> (World, PathBuf) {
    let world = World::new().await;
    migration(&world, 1, "create_contacts", "create table contacts (id integer);", None);
    let server = Home::Sqlite.server(&world).await;
    let tenant = made(&world, "acme", &server).await;
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database));
    (world, file)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", file.display()))
}

fn pipe(at: &Path) {
    let _ = std::fs::remove_file(at);
    assert!(Command::new("mkfifo").arg(at).status().unwrap().success());
}

/// Whoever waits at a pipe for its other end is let go after a while, and the test fails instead of going on for ever.
struct Release {
    done: mpsc::Sender<()>,
    waited: JoinHandle<bool>,
}

impl Release {
    fn of(at: &Path) -> Self {
        let (at, (done, is_done)) = (at.to_owned(), mpsc::channel());
        let waited = std::thread::spawn(move || {
            let is_late = is_done.recv_timeout(Duration::from_secs(30)).is_err();
            is_late
                && std::fs::OpenOptions::new()
                    .read(true)
                    .write(true)
                    .open(&at)
                    .is_ok_and(|mut end| end.write(b"1").is_ok())
        });
        Self { done, waited }
    }

    fn has_waited(self) -> bool {
        let _ = self.done.send(());
        self.waited.join().unwrap()
    }
}

async fn everything(world: &World) -> String {
    let boss = actor(Role::Superadmin);
    let platform = &world.platform;
    let lock = tenants::lock_holder(platform, &boss, "acme").await;
    let found = doctor::examine(platform, &Actor::operator()).await;
    let locks = doctor::examine_locks(platform, &boss).await;
    let deleted = tenants::delete(platform, &boss, "acme", "acme", true).await;
    format!("{lock:?} {found:?} {locks:?} {:?}", deleted.err())
}

#[tokio::test]
async fn a_pipe_beside_a_tenants_file_keeps_nobody_waiting() {
    for suffix in [".neo-lock", ".neo-mark", "-journal", "-wal", "-shm"] {
        let (world, file) = acme().await;
        let at = beside(&file, suffix);
        pipe(&at);
        let release = Release::of(&at);
        let said = everything(&world).await;
        assert!(said.contains("is a link, or no file"), "{suffix}: {said}");
        assert!(!release.has_waited(), "{suffix}: somebody waited at the pipe");
        // Mended, it is as it was.
        std::fs::remove_file(&at).unwrap();
        tenants::delete(&world.platform, &actor(Role::Superadmin), "acme", "acme", false).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_link_beside_a_tenants_file_leads_to_is_not_read_and_not_written() {
    let (world, file) = acme().await;
    let secret = world.platform.config.data_dir.join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let (mark, draft, lock) = (beside(&file, ".neo-mark"), beside(&file, ".neo-mark.new"), beside(&file, ".neo-lock"));
    for at in [&mark, &lock] {
        let _ = std::fs::remove_file(at);
        symlink(&secret, at).unwrap();
    }
    let said = everything(&world).await;
    assert!(!said.contains(&SECRET[..8]), "{said}");
    for at in [&mark, &lock] {
        std::fs::remove_file(at).unwrap();
    }
    // The mark is written anew, and its draft leads elsewhere.
    symlink(&secret, &draft).unwrap();
    tenants::delete(&world.platform, &actor(Role::Superadmin), "acme", "acme", false).await.unwrap();
    let mut kept = String::new();
    File::open(&secret).unwrap().read_to_string(&mut kept).unwrap();
    assert_eq!(kept, SECRET);
}

#[tokio::test]
async fn who_holds_a_lock_is_told_by_the_system_and_not_by_what_is_written_into_it() {
    let (world, file) = acme().await;
    let lock = beside(&file, ".neo-lock");
    std::fs::write(&lock, "1 neo:7:acme").unwrap();
    let held = File::open(&lock).unwrap();
    held.lock().unwrap();
    let holder = tenants::lock_holder(&world.platform, &actor(Role::Superadmin), "acme").await.unwrap().unwrap().holder;
    assert_eq!(holder.pid, Some(i64::from(std::process::id())));
    assert_eq!(holder.application, None);
}

/// Somebody on the machine who is neither root nor Neo.
const NOBODY: u32 = 65_534;

fn target(file: &Path) -> Target {
    Target {
        engine: Engine::Sqlite,
        host: String::new(),
        port: 0,
        database: String::new(),
        username: String::new(),
        password: None,
        second: None,
        tls: Tls::Off,
        path: file.to_owned(),
        application_name: "neo".into(),
        connect_timeout: Duration::from_secs(5),
        lock_timeout: Duration::from_secs(5),
        tls_ca: None,
    }
}

/// Whether a file has the table that is made wherever one gets in.
fn was_written(file: &Path) -> bool {
    let bytes = std::fs::read(file).unwrap();
    bytes.windows(12).any(|bytes| bytes == b"reached_here")
}

async fn write(file: &Path) -> Result<(), String> {
    let mut conn = Connection::open(&target(file)).await.map_err(|failure| failure.message)?;
    let made = conn.execute("create table if not exists reached_here (id integer)").await;
    conn.close().await;
    made.map(drop).map_err(|failure| failure.message)
}

#[tokio::test]
async fn a_folder_that_is_somebody_elses_link_leads_to_no_other_tenants_file() {
    let (_world, file) = acme().await;
    let folder = file.parent().unwrap().to_owned();
    let moved = folder.with_file_name("moved");
    std::fs::rename(&folder, &moved).unwrap();
    symlink(&moved, &folder).unwrap();
    let victim = moved.join(file.file_name().unwrap());
    // A link of the operator's own is a way to lay things elsewhere. Giving one away takes root's rights.
    if lchown(&folder, Some(NOBODY), Some(NOBODY)).is_ok() {
        let refused = write(&file).await.unwrap_err();
        assert!(refused.contains("is a link that somebody else has made"), "{refused}");
        assert!(!was_written(&victim));
        std::fs::remove_file(&folder).unwrap();
        symlink("moved", &folder).unwrap();
    }
    write(&file).await.unwrap();
    assert!(was_written(&victim));
}

#[tokio::test]
async fn a_file_that_is_swapped_for_another_while_it_is_opened_is_not_worked_on() {
    let (_world, file) = acme().await;
    let folder = tempfile::tempdir().unwrap();
    let (mine, link, victim) = (folder.path().join("mine"), folder.path().join("link"), folder.path().join("victim"));
    std::fs::copy(&file, &mine).unwrap();
    std::fs::copy(&file, &victim).unwrap();
    symlink(&victim, &link).unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let swapping = std::thread::spawn({
        let (mine, link, is_over) = (mine.clone(), link.clone(), is_over.clone());
        move || {
            while !is_over.load(Ordering::Relaxed) {
                renameat_with(CWD, &mine, CWD, &link, RenameFlags::EXCHANGE).unwrap();
                std::thread::sleep(Duration::from_micros(300));
            }
        }
    });
    let mut got_in = 0;
    for _ in 0..400 {
        got_in += usize::from(write(&mine).await.is_ok());
    }
    is_over.store(true, Ordering::Relaxed);
    swapping.join().unwrap();
    assert!(!was_written(&victim), "{got_in} of 400 got in");
    assert!(got_in > 0, "nobody got in at all");
}
