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
    pub done: i64,
    pub failed: i64,
    pub running: usize,
    pub began: Instant,
}

impl Count {
    pub fn new(total: i64) -> Self {
        Self { total, done: 0, failed: 0, running: 0, began: Instant::now() }
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
        let done = count.done.min(count.total);
        let share = if count.total > 0 { done as f64 / count.total as f64 } else { 1.0 };
        let filled = (share * WIDTH as f64) as usize;
        let left = match done {
            0 => String::new(),
            _ => format!("   {} left", span((count.elapsed() as f64 * (1.0 - share) / share) as i64)),
        };
        self.0.set_message(format!(
            "{}{}  {}/{}  {} %   {} {}  {} {}  ● {}{left}{more}",
            printer.green(&"━".repeat(filled)),
            "─".repeat(WIDTH - filled),
            number(done),
            number(count.total),
            (share * 100.0) as u32,
            printer.green("✓"),
            number(done - count.failed),
            printer.red("✗"),
            number(count.failed),
            count.running,
        ));
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
