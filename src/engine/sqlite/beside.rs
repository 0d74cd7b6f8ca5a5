//! What lies beside a tenant's file: SQLite's journal, Neo's lock and Neo's mark. Whoever may write into the folder may have put
//! something else there under that name. So it is opened without being led on and without waiting for anybody, and only a file
//! is read.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::geteuid;

/// What is there in the place of a file of Neo's, or of SQLite's.
const STRANGE: &str = "it is a link, or no file";

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A file, under one name. Some file systems count none.
pub(super) fn is_single(found: &Metadata) -> bool {
    found.is_file() && found.nlink() <= 1
}

/// A file, whatever its name leads to: its device and its number there.
pub(super) type Identity = (u64, u64);

pub(super) fn identity(found: &Metadata) -> Identity {
    (found.dev(), found.ino())
}

/// As many links as the system follows for one name.
const LINKS: usize = 40;

/// The first link on the way to a file that neither the system's owner nor Neo's own account has made: whoever did says where
/// it leads, today and in a moment.
pub(super) fn leads_astray(path: &Path) -> io::Result<Option<PathBuf>> {
    let own = [0, geteuid().as_raw()];
    let (mut at, mut links) = (PathBuf::new(), 0);
    let mut left: Vec<PathBuf> =
        std::path::absolute(path)?.components().rev().map(|part| part.as_os_str().into()).collect();
    while let Some(part) = left.pop() {
        // From where it has come to: `..` behind a link is not what the name reads like.
        if part.as_os_str() == ".." {
            at.pop();
            continue;
        }
        at.push(part);
        let found = at.symlink_metadata()?;
        if !found.is_symlink() {
            continue;
        }
        links += 1;
        if links > LINKS {
            return Err(Errno::LOOP.into());
        }
        if !own.contains(&found.uid()) {
            return Ok(Some(at));
        }
        let leads_to = at.read_link()?;
        at.pop();
        left.extend(leads_to.components().rev().map(|part| PathBuf::from(part.as_os_str())));
    }
    Ok(None)
}

/// Opens what is there, if it is a file under one name; `None` where nothing is.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<Option<File>> {
    // A pipe would keep us waiting for whoever opens its other end.
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    match options.open(path) {
        Ok(file) if is_single(&file.metadata()?) => Ok(Some(file)),
        Ok(_) => Err(io::Error::other(STRANGE)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) if [Errno::LOOP, Errno::NXIO].iter().any(|no| e.raw_os_error() == Some(no.raw_os_error())) => {
            Err(io::Error::other(STRANGE))
        }
        Err(e) => Err(e),
    }
}

/// What is written there, up to `most` bytes; `None` where nothing is.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Option<String>> {
    let Some(file) = open(path, OpenOptions::new().read(true))? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn only_a_file_under_one_name_is_read_and_nobody_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert_eq!(read(&at("none"), 64).unwrap(), None);
        std::fs::write(at("file"), "x".repeat(100)).unwrap();
        assert_eq!(read(&at("file"), 64).unwrap().unwrap().len(), 64);
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("device")).unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        for name in ["link", "device", "folder", "pipe"] {
            assert_eq!(read(&at(name), 64).unwrap_err().to_string(), STRANGE, "{name}");
        }
        let mut written = OpenOptions::new();
        written.read(true).write(true);
        for name in ["link", "device", "pipe"] {
            assert_eq!(open(&at(name), &mut written).unwrap_err().to_string(), STRANGE, "{name}");
        }
        std::fs::hard_link(at("file"), at("other")).unwrap();
        assert_eq!(read(&at("file"), 64).unwrap_err().to_string(), STRANGE);
    }
}
