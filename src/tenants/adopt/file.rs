//! The file that somebody names as a tenant's database.

use std::path::Path;

use crate::error::{Error, Result, printable};
use crate::named::refuse_unseen;

/// Where a system shows itself and its devices as files.
const SHOWN: [&str; 3] = ["/proc", "/sys", "/dev"];

/// The file systems of Linux that keep nothing, by what statfs(2) says of them, wherever they are mounted: proc, sysfs, devpts, cgroup,
/// cgroup2, debugfs, tracefs, securityfs, selinuxfs, configfs, bpf, pstore, efivarfs, binfmt_misc.
#[cfg(target_os = "linux")]
const KEEP_NOTHING: [u64; 14] = [
    0x9fa0,
    0x6265_6572,
    0x1cd1,
    0x0027_e0eb,
    0x6367_7270,
    0x6462_6720,
    0x7472_6163,
    0x7363_6673,
    0xf97c_ff8c,
    0x6265_6570,
    0xcafe_4a11,
    0x6165_676c,
    0xde5e_81e4,
    0x4249_4e4d,
];

/// A file that is there and keeps what is written to it. What the kernel shows has no size: SQLite would take it for a database
/// without a table.
pub(super) fn kept_file(path: &str) -> Result<String> {
    // As it was typed, and as it is where that leads.
    refuse_unseen("database", "the file of the database", path)?;
    let file = existing_file(path)?;
    refuse_unseen("database", "the file of the database", &file)?;
    match is_kept(Path::new(&file)) {
        true => Ok(file),
        false => Err(bad("is none that is kept")
            .cause(format!("{}: the system only shows it there", printable(&file)))
            .hint("name a file on a disk")),
    }
}

/// Where a file is that is there. One file has many names, and one place.
pub(super) fn existing_file(path: &str) -> Result<String> {
    if path.is_empty() || path.contains('\0') {
        return Err(bad("is not named"));
    }
    let shown = printable(path);
    let path = Path::new(path).canonicalize().map_err(|e| bad("does not exist").cause(format!("{shown}: {e}")))?;
    if !path.is_file() {
        return Err(bad("is no file").cause(shown));
    }
    path.to_str().map(str::to_owned).ok_or_else(|| bad("has a name that is not UTF-8"))
}

fn bad(why: &str) -> Error {
    Error::invalid("database", format!("the file of the database {why}"))
}

fn is_kept(file: &Path) -> bool {
    !SHOWN.iter().any(|folder| file.starts_with(folder)) && !is_of_the_kernel(file)
}

#[cfg(target_os = "linux")]
fn is_of_the_kernel(file: &Path) -> bool {
    rustix::fs::statfs(file).is_ok_and(|found| KEEP_NOTHING.contains(&(found.f_type as u64 & 0xffff_ffff)))
}

#[cfg(not(target_os = "linux"))]
fn is_of_the_kernel(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn what_the_kernel_shows_is_known_wherever_it_is_mounted() {
        for shown in ["/proc/version", "/sys", "/dev/pts"] {
            assert!(is_of_the_kernel(Path::new(shown)), "{shown}");
        }
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_of_the_kernel(dir.path()) && !is_of_the_kernel(Path::new("/")));
        assert!(!is_kept(Path::new("/dev/shm/tenant.db")) && !is_kept(Path::new("/proc/version")));
    }
}
