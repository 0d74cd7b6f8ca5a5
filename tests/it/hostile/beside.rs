//! Who may write into the folder of a SQLite tenant puts something else there under the names of Neo's files and SQLite's.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use neo::actor::{Actor, Role};
use neo::{doctor, tenants};

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
