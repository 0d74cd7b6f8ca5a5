//! A run while it goes on: one fleet bar on a terminal, a line per finished tenant elsewhere, events for programs.

mod bar;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use futures::StreamExt;

pub use bar::{Bar, Count};

use super::Session;
use super::central::{Central, Hands, Heard};
use super::print::{Format, Printer, number};
use super::summary::conclude;
use crate::clock::span;
use crate::error::{Result, printable};
use crate::runs::{Detail, Event, EventKind, Kind, Status};

const HEARTBEAT: Duration = Duration::from_secs(10);
/// Where little is told, it is not silent for so long that somebody takes it for dead.
const SELDOM: Duration = Duration::from_secs(60);

/// What is told of a run while it goes on: the more, the later in this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, ValueEnum)]
pub enum Progress {
    /// Its number and how it ends
    None,
    /// Tenants that fail, what stops the run, and a sign of life each minute
    Failures,
    /// Every tenant
    #[default]
    All,
}

impl Progress {
    /// How often there is something to see while nothing ends.
    pub fn beat(self, printer: Printer) -> Duration {
        match self {
            _ if printer.is_live() => Duration::from_millis(250),
            Progress::All => HEARTBEAT,
            Progress::Failures | Progress::None => SELDOM,
        }
    }
}

/// How a run is followed.
#[derive(clap::Args, Debug, Clone, Copy, Default)]
pub struct Follow {
    /// What is told while a run goes on, on standard error
    #[arg(long, value_enum, value_name = "HOW MUCH", default_value = "all")]
    pub progress: Progress,
}

/// Works the run in this process, or lets the console's workers do it, and shows it; then says how it ended.
pub async fn drive(session: &Session, central: &dyn Central, number: i64, after: i64, how: Follow) -> Result<u8> {
    let run = central.run(number).await?;
    if let Some(code) = follow(session, central, &run, after, (true, how)).await? {
        if central.afar().is_none() {
            let now = central.run(number).await?;
            session.printer.say(match now.state {
                Status::Paused => format!("Stopped: run {number} is paused. Go on with: neo run resume {number}"),
                status if status.is_over() => format!("Stopped: run {number} is {}", status.word()),
                _ => format!("Stopped here: others work on run {number}. See it with: neo run watch {number}"),
            });
        }
        return Ok(code);
    }
    conclude(session, central, number).await
}

/// What is only queued waits for somebody to take it up: where nobody is there, that is said.
pub async fn leave(session: &Session, central: &dyn Central, number: i64) -> Result<()> {
    if !central.is_anyone_at_work().await? {
        session.printer.say(format!("Nobody is at work: run {number} waits until neo serve or neo work is there"));
    }
    Ok(())
}

/// Shows a run without working on it.
pub async fn watch(session: &Session, central: &dyn Central, number: i64, after: i64, how: Follow) -> Result<u8> {
    let run = central.run(number).await?;
    match follow(session, central, &run, after, (false, how)).await? {
        Some(code) => Ok(code),
        None => conclude(session, central, number).await,
    }
}

/// Shows the events until the run is over, or nobody here works on it any more. `Some(code)`: a signal came first.
pub async fn follow(
    session: &Session,
    central: &dyn Central,
    run: &Detail,
    after: i64,
    (work, how): (bool, Follow),
) -> Result<Option<u8>> {
    let number = run.summary.run.unwrap_or_default();
    let mut screen = Screen::new(session.printer, run, how.progress);
    let mut events = central.follow(number, after).await?;
    let mut hands = if work { central.hands(number) } else { None };
    let (mut seen, mut until) = (after, None);
    let mut beat = tokio::time::interval(how.progress.beat(session.printer));
    beat.tick().await;
    loop {
        if until.is_some_and(|until| seen >= until) {
            break;
        }
        tokio::select! {
            heard = events.next() => match heard.transpose()? {
                Some(Heard::Event(event)) => {
                    seen = event.seq;
                    screen.event(&event);
                    if work && central.afar().is_some() && rests(&event) {
                        until = end_of_wave(central, number).await?;
                    }
                }
                Some(Heard::Lost(why)) => screen.warn(format!("{}; asking again until it answers", printable(&why.to_string()))),
                Some(Heard::Back) => screen.warn("The console answers again".to_owned()),
                None => break,
            },
            ended = ended(&mut hands), if hands.is_some() => {
                hands = None;
                ended?;
                // Paused from elsewhere is not over, but it is the end of what happens here.
                until = Some(central.run(number).await?.last_seq);
            }
            code = session.signals.received() => {
                screen.clear();
                if let Some(hands) = &mut hands {
                    session.printer.say("Stopping: what is in a transaction finishes first. Once more cancels the statements.");
                    hands.stop();
                    tokio::select! {
                        ended = hands.ended() => ended?,
                        () = session.signals.repeated() => {
                            session.printer.say("Cancelling the statements. Once more ends at once.");
                            hands.interrupt();
                            hands.ended().await?;
                        }
                    }
                } else if work && let Some(address) = central.afar() {
                    session.printer.say(format!(
                        "Stopped here: run {number} goes on at {address}. See it with: neo run watch {number} · end it with: neo run cancel {number}"
                    ));
                }
                return Ok(Some(code));
            }
            _ = beat.tick() => screen.beat(),
        }
    }
    if hands.is_some() {
        ended(&mut hands).await?;
    }
    screen.clear();
    Ok(None)
}

async fn ended(hands: &mut Option<Hands>) -> Result<()> {
    match hands {
        Some(hands) => hands.ended().await,
        None => Ok(()),
    }
}

/// An event after which a run may stand at the end of a wave.
fn rests(event: &Event) -> bool {
    matches!(event.kind, EventKind::RunPaused | EventKind::WaveWaiting)
}

/// The last event of a run that waits for a person at the end of a wave: it may be days until somebody has decided.
async fn end_of_wave(central: &dyn Central, number: i64) -> Result<Option<i64>> {
    let run = central.run(number).await?;
    Ok((run.state == Status::Paused && run.gate.is_some() && run.held.is_none()).then_some(run.last_seq))
}

/// What is known from the events so far, and where it is shown.
struct Screen {
    printer: Printer,
    progress: Progress,
    kind: Kind,
    bar: Option<Bar>,
    count: Count,
    /// Tenants being worked on, since when, and what was applied there so far.
    running: HashMap<String, (Instant, Vec<String>)>,
    /// The last word on each tenant: a rerun may change it.
    ended: HashMap<String, End>,
}

/// How a tenant's part ended, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Failed,
    /// Nothing was done to it.
    Skipped,
}

impl Screen {
    fn new(printer: Printer, run: &Detail, progress: Progress) -> Self {
        let (number, to_version, run) = (run.summary.run.unwrap_or_default(), run.to_version, &run.summary);
        let is_shown = printer.is_live() && progress > Progress::None;
        let bar =
            (is_shown && run.kind != Kind::Provision && run.tenants.total > 1).then(|| Bar::new(run.tenants.total));
        if run.kind != Kind::Provision {
            let to = to_version.map(|v| format!("  to {v}")).unwrap_or_default();
            let tenants = super::print::count(run.tenants.total, "tenant");
            printer.say(format!("Run {number}  {}{to}  {tenants}", run.kind));
        }
        Self {
            printer,
            progress,
            kind: run.kind,
            bar,
            count: Count { done: run.tenants.current, ..Count::new(run.tenants.total) },
            running: HashMap::new(),
            ended: HashMap::new(),
        }
    }

    fn event(&mut self, event: &Event) {
        if self.printer.format == Format::Ndjson {
            self.printer.json(event);
            return;
        }
        let tenant = text(event, "tenant");
        match event.kind {
            EventKind::TenantStarted => {
                self.running.insert(tenant, (Instant::now(), Vec::new()));
            }
            EventKind::MigrationApplied | EventKind::MigrationReverted => {
                let migration = text(event, "migration");
                if self.kind == Kind::Provision {
                    self.say(format!("    {migration}{}", took(event)));
                }
                if let Some((_, applied)) = self.running.get_mut(&tenant) {
                    applied.push(migration);
                }
            }
            EventKind::TenantSucceeded => {
                let applied = self.end(&tenant, End::Done);
                if self.kind != Kind::Provision && (self.bar.is_none() || self.count.total == 1) {
                    let what = match (applied.is_empty(), self.kind) {
                        (false, _) => applied.join(" "),
                        // What it is held against is known once all have been seen.
                        (true, Kind::Verify) => "looked at".into(),
                        (true, Kind::Rollback) => "nothing to undo".into(),
                        (true, Kind::Backup) => "backed up".into(),
                        (true, Kind::Rotate) => "new password".into(),
                        (true, _) => "current".into(),
                    };
                    self.say(format!("{} {tenant}  {what}{}", self.printer.green("✓"), took(event)));
                }
            }
            EventKind::TenantFailed => {
                self.end(&tenant, End::Failed);
                if self.kind != Kind::Provision {
                    self.warn(format!("{} {tenant}  {}", self.printer.red("✗"), failure(event)));
                }
            }
            EventKind::TenantSkipped | EventKind::TenantUnknown | EventKind::TenantCancelled => {
                let unknown = event.kind == EventKind::TenantUnknown;
                match event.kind {
                    EventKind::TenantUnknown => self.end(&tenant, End::Failed),
                    EventKind::TenantSkipped => self.end(&tenant, End::Skipped),
                    // It is left as it is: neither done nor over.
                    _ => self.running.remove(&tenant).map(|(_, applied)| applied).unwrap_or_default(),
                };
                let what = event.kind.word();
                let why = [text(event, "reason"), text(event, "message")];
                let why = why.into_iter().filter(|why| !why.is_empty()).collect::<Vec<_>>().join(": ");
                let line = format!("- {tenant}  {what}{}", if why.is_empty() { why } else { format!(": {why}") });
                if unknown { self.warn(line) } else { self.say(line) }
            }
            EventKind::StepStarted => {}
            EventKind::StepSucceeded => {
                self.say(format!("{} {}{}", self.printer.green("✓"), text(event, "step"), took(event)));
            }
            EventKind::StepFailed => {
                self.warn(format!("{} {}  {}", self.printer.red("✗"), text(event, "step"), failure(event)));
            }
            EventKind::StepUndone => self.say(format!("↶ {} undone", text(event, "step"))),
            EventKind::RunPaused | EventKind::RunResumed | EventKind::RunHalted => {
                let why = text(event, "message");
                let what = event.kind.word();
                // Of a rerun by somebody who may do no more.
                let then = text(event, "then");
                let why = if then.is_empty() { why } else { format!("only what failed; it is {then} after that") };
                self.warn(format!("Run {what}{}", if why.is_empty() { why } else { format!(": {why}") }));
            }
            EventKind::WindowBegan => {
                self.warn(format!("{}; the run begins them when it is over", text(event, "message")));
            }
            EventKind::WindowEnded => self.warn("No window keeps anybody from the run any more".to_owned()),
            EventKind::WindowPassed => {
                let (who, why) = (text(event, "by"), text(event, "message"));
                self.warn(format!("{who} lets the run go on in spite of maintenance windows: {why}"));
            }
            EventKind::WaveStarted => {
                let n = |key: &str| event.body.get(key).and_then(|v| v.as_i64()).unwrap_or_default();
                let tenants = super::print::count(n("tenants"), "tenant");
                self.say(format!("Wave {} of {}: {}, {tenants}", n("wave"), n("of"), text(event, "name")));
            }
            EventKind::RunPlanned | EventKind::RunStarted | EventKind::RunFinished | EventKind::WaveWaiting => {}
        }
        self.draw();
    }

    /// Counts a tenant's end and answers what was applied to it.
    fn end(&mut self, tenant: &str, end: End) -> Vec<String> {
        let before = self.ended.insert(tenant.to_owned(), end);
        let counted = |what: End| i64::from(end == what) - i64::from(before == Some(what));
        self.count.failed += counted(End::Failed);
        self.count.skipped += counted(End::Skipped);
        self.count.done += i64::from(before.is_none());
        self.running.remove(tenant).map(|(_, applied)| applied).unwrap_or_default()
    }

    /// Something to see while nothing ends.
    fn beat(&mut self) {
        if self.bar.is_some() {
            self.draw();
        } else if !self.printer.is_live() && self.kind != Kind::Provision && self.progress > Progress::None {
            let Count { total, failed, skipped, .. } = self.count;
            let passed = if skipped > 0 { format!(", {} skipped", number(skipped)) } else { String::new() };
            self.printer.say(format!(
                "… {}/{} done, {} failed{passed}, {} running, {}",
                number((self.count.done.min(total) - skipped).max(0)),
                number(total),
                number(failed),
                self.running.len(),
                span(self.count.elapsed())
            ));
        }
    }

    fn draw(&self) {
        let Some(bar) = &self.bar else { return };
        let mut slow: Vec<_> = self.running.iter().map(|(tenant, (since, _))| (since.elapsed(), tenant)).collect();
        slow.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        let slow = slow.iter().take(3).filter(|(time, _)| time.as_secs() >= 2);
        let slow: String =
            slow.map(|(time, tenant)| format!("\n  ● {tenant}  {}", span(time.as_millis() as i64))).collect();
        bar.draw(self.printer, &Count { running: self.running.len(), ..self.count }, &slow);
    }

    /// One tenant of many.
    fn say(&self, line: String) {
        self.tell(Progress::All, line);
    }

    /// What went wrong, or stops the run.
    fn warn(&self, line: String) {
        self.tell(Progress::Failures, line);
    }

    fn tell(&self, least: Progress, line: String) {
        if self.progress < least {
            return;
        }
        match &self.bar {
            Some(bar) => bar.above(|| self.printer.say(line)),
            None => self.printer.say(line),
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.clear();
        }
    }
}

fn text(event: &Event, key: &str) -> String {
    event.body.get(key).and_then(|v| v.as_str()).map(printable).unwrap_or_default()
}

fn took(event: &Event) -> String {
    event.body.get("ms").and_then(|v| v.as_i64()).map(|ms| format!("  {}", span(ms))).unwrap_or_default()
}

/// `20250126000006_add_custom_fields:3:13  column "is_custom" … already exists (42701)`
fn failure(event: &Event) -> String {
    let mut line = text(event, "migration");
    if let Some(n) = event.body.get("line").and_then(|v| v.as_i64()) {
        let column = event.body.get("column").and_then(|v| v.as_i64()).unwrap_or(1);
        line.push_str(&format!(":{n}:{column}"));
    }
    if !line.is_empty() {
        line.push_str("  ");
    }
    line.push_str(&text(event, "message"));
    let code = text(event, "code");
    if !code.is_empty() {
        line.push_str(&format!(" ({code})"));
    }
    line
}
