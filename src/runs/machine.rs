//! What tells this machine's processes apart from others'.

use std::sync::OnceLock;

/// Host name, boot and process namespace: a process number means something only within all three.
pub fn name() -> String {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let read = |path: &str| std::fs::read_to_string(path).map(|t| t.trim().to_owned()).unwrap_or_default();
        let namespace = std::fs::read_link("/proc/self/ns/pid").map(|p| p.display().to_string()).unwrap_or_default();
        format!("{} {} {namespace}", read("/proc/sys/kernel/hostname"), read("/proc/sys/kernel/random/boot_id"))
    })
    .clone()
}

/// When a process began, in ticks since boot; `None` when there is none (or where the system cannot tell). A zombie has
/// ended.
pub fn process_start(pid: u32) -> Option<i64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command in parentheses may hold spaces: fields are counted after it (proc(5): state is 3, starttime 22).
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}
