//! What is seen while many databases are looked at, or adopted: a bar on a terminal, elsewhere a line a tenant and a sign of life.

use tokio::time::Interval;

use crate::cli::live::{Bar, Count, Progress};
use crate::cli::print::{Printer, number};

pub(super) struct Screen {
    printer: Printer,
    progress: Progress,
    bar: Option<Bar>,
    count: Count,
    /// What is done with each.
    what: &'static str,
}

impl Screen {
    pub fn new(printer: Printer, progress: Progress, total: usize, what: &'static str) -> Self {
        let total = total as i64;
        let bar = (printer.is_live() && progress > Progress::None && total > 1).then(|| Bar::new(total));
        Self { printer, progress, bar, count: Count::new(total), what }
    }

    /// As often as a run's.
    pub async fn beat(&self) -> Interval {
        let mut beat = tokio::time::interval(self.progress.beat(self.printer));
        beat.tick().await;
        beat
    }

    pub fn count(&mut self, failed: bool) {
        self.count.done += 1;
        self.count.failed += i64::from(failed);
        self.draw();
    }

    /// Something to see while nothing ends.
    pub fn tick(&self) {
        self.draw();
        if self.bar.is_none() && self.progress > Progress::None {
            self.printer.say(format!("… {} of {} {}", number(self.count.done), number(self.count.total), self.what));
        }
    }

    fn draw(&self) {
        if let Some(bar) = &self.bar {
            bar.draw(self.printer, &self.count, "");
        }
    }

    pub fn tell(&self, least: Progress, line: String) {
        self.aside(least, |printer| printer.say(line));
    }

    /// What somebody else says, above the bar.
    pub fn aside(&self, least: Progress, say: impl FnOnce(Printer)) {
        match &self.bar {
            _ if self.progress < least => {}
            Some(bar) => bar.above(|| say(self.printer)),
            None => say(self.printer),
        }
    }

    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.clear();
        }
    }
}
