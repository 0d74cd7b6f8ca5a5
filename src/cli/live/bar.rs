//! One bar for many tenants at once, on a terminal.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::print::{Printer, number};
use crate::clock::span;

const WIDTH: usize = 24;

/// How far it is.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    pub total: i64,
    /// Of whatever is over: what failed and whom nothing was done to are counted with it.
    pub done: i64,
    pub failed: i64,
    pub skipped: i64,
    pub running: usize,
    pub began: Instant,
}

impl Count {
    pub fn new(total: i64) -> Self {
        Self { total, done: 0, failed: 0, skipped: 0, running: 0, began: Instant::now() }
    }

    /// In milliseconds.
    pub fn elapsed(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

pub struct Bar(ProgressBar);

impl Bar {
    pub fn new(total: i64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total.unsigned_abs()), ProgressDrawTarget::stderr_with_hz(8));
        bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    /// `more`: lines below it.
    pub fn draw(&self, printer: Printer, count: &Count, more: &str) {
        self.0.set_message(format!("{}{more}", line(printer, count)));
        self.0.tick();
    }

    /// What is said meanwhile stands above it.
    pub fn above(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }

    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// `━━━━━━┄───  6/10  80 %   ✓ 5  ✗ 1  ⇥ 2 skipped  ● 1   2.0 s left`
fn line(printer: Printer, count: &Count) -> String {
    let over = count.done.min(count.total);
    let done = (over - count.skipped).max(0);
    let open = count.total - over;
    let share = |n: i64| if count.total > 0 { n as f64 / count.total as f64 } else { 1.0 };
    let filled = (share(over) * WIDTH as f64) as usize;
    let passed = filled - ((share(done) * WIDTH as f64) as usize).min(filled);
    // At the pace of those that something was done to.
    let left = match done {
        0 => String::new(),
        _ => format!("   {} left", span((count.elapsed() as f64 * open as f64 / done as f64) as i64)),
    };
    let skipped = match count.skipped {
        0 => String::new(),
        n => format!("  ⇥ {} skipped", number(n)),
    };
    format!(
        "{}{}{}  {}/{}  {} %   {} {}  {} {}{skipped}  ● {}{left}",
        printer.green(&"━".repeat(filled - passed)),
        "┄".repeat(passed),
        "─".repeat(WIDTH - filled),
        number(done),
        number(count.total),
        (share(over) * 100.0) as u32,
        printer.green("✓"),
        number((done - count.failed).max(0)),
        printer.red("✗"),
        number(count.failed),
        count.running,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_nothing_was_done_to_is_a_part_of_its_own() {
        let printer = Printer::guess(&["--no-color".to_owned()]);
        let count = Count { done: 8, failed: 1, skipped: 2, running: 1, ..Count::new(10) };
        let drawn = line(printer, &count);
        assert!(
            drawn.starts_with(&format!("{}{}{}  6/10  80 %", "━".repeat(14), "┄".repeat(5), "─".repeat(5))),
            "{drawn}"
        );
        assert!(drawn.contains("✓ 5  ✗ 1  ⇥ 2 skipped  ● 1"), "{drawn}");
        let nobody = line(printer, &Count { done: 2, skipped: 2, ..Count::new(4) });
        assert!(nobody.contains("0/4  50 %   ✓ 0  ✗ 0  ⇥ 2 skipped  ● 0") && !nobody.contains("left"), "{nobody}");
    }
}
