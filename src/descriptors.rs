//! How many files and connections the system lets this process have at once.

/// As many as it may have without anybody's leave, since most systems give few at first. More than this are of no use.
const ENOUGH: u64 = 65_536;

/// Raises the limit; it stays where it was when the system does not let it.
#[cfg(unix)]
pub fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if current.is_some_and(|current| current < wanted)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })
    {
        tracing::debug!("the limit of descriptors could not be raised: {error}");
    }
}

/// `None`: there is no limit.
#[cfg(unix)]
pub fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
pub fn raise() {}

#[cfg(not(unix))]
pub fn limit() -> Option<u64> {
    None
}
