//! The words that cross a door: what the platform stores and prints, and what programs and browsers read of it.
//!
//! Every name that is stored, sent or typed is written here and nowhere else: an enumeration gives it as `as_str`, reads it
//! with `FromStr`, and says with `word` what a person reads for it. This crate knows no database, no page and no secret, and
//! compiles for the browser.

#[macro_use]
mod names;

mod account;
mod acknowledged;
pub mod advice;
mod backup;
mod catalogue;
pub mod clock;
mod diagnosis;
mod engine;
mod event;
mod excerpt;
mod failure;
mod filter;
mod finding;
mod fleet;
mod goal;
mod half_done;
mod hit;
mod holder;
mod made;
mod nature;
mod notice;
mod people;
mod plan;
mod policy;
mod pruned;
mod reason;
mod rehearsal;
mod request;
mod rule;
mod run;
mod server;
mod slug;
mod standing;
mod summary;
mod task;
mod tenant;
mod told;
mod unseen;
mod users;
mod version;
mod window;

pub use account::{
    AdminLink, AdminRow, AuditRow, FactorBegun, Mailed, PasskeyRow, RecoveryCodes, SecondFactor, SessionRow,
    SessionsEnded, TokenMade, TokenRow, TokenState,
};
pub use acknowledged::Acknowledged;
pub use advice::Advice;
pub use backup::{Backup, BackupReason};
pub use catalogue::{Catalogued, CataloguedOn};
pub use clock::{moment, read_rfc3339, rfc3339};
pub use diagnosis::{Diagnosis, KeyCount, KeyStatus};
pub use engine::{Engine, Tls};
pub use event::{Event, EventKind};
pub use excerpt::Excerpt;
pub use failure::{Category, Failure, Known};
pub use filter::{FilterPage, SavedFilter};
pub use finding::{Finding, LintLine};
pub use fleet::{Attention, Counts, Fleet, Need};
pub use goal::{Edition, Goal, Request, Rerun, RunKind};
pub use half_done::{Decision, HalfDone, InvalidIndex, Resolution, Resolved, Unresolved};
pub use hit::{CommandLine, Hit, HitCall, HitKind};
pub use holder::Holder;
pub use made::{
    Adopted, BrokenLock, Checked, CleanedUp, Creating, Deletion, Provisioning, Survey, Tested, Whereabouts,
};
pub use names::{Unreadable, clean, legible, printable, shortened};
pub use nature::Nature;
pub use notice::{
    ChannelKind, ChannelMade, ChannelRow, Notice, NoticeAbout, NoticeCause, NoticeKind, NoticeRow, NoticeRun,
    NoticeState,
};
pub use people::{AccountStatus, AuditFormat, AuditOutcome, Door, Role, WayIn};
pub use plan::{
    Basis, PassedOver, Plan, PlannedMigration, PlannedOn, Quarantined, RunPreview, StartingFrom, Undoing, Undone,
    Unreachable,
};
pub use policy::{Amount, Moment, OnError, Policy, Wait, Wave};
pub use pruned::Pruned;
pub use reason::Reason;
pub use rehearsal::{Rehearsal, RehearsalBegun, RehearsalStanding, RehearsalVerdict, Rehearsed};
pub use request::{
    Act, Approval, Asked, Begun, Guard, PlannedFile, PlannedTenant, RequestDetail, RequestRow, RequestRows,
    RequestState,
};
pub use rule::{Rule, Severity};
pub use run::{AppliedIn, Cause, PlannedWave, Run, RunStatus, TaskCounts, WaveStatus};
pub use server::{Hardening, Opening, Probe, Removed, ServerRow, place};
pub use slug::Slug;
pub use standing::{AtLeast, NotYet, TenantStanding};
pub use summary::{
    AttemptRow, AttemptStepRow, FailedTenant, RunDetail, RunRow, RunRows, RunStarted, RunSummary, WaveRow,
};
pub use task::{Attempt, AttemptStep, Task, TaskFilter, TaskPage, TaskStatus};
pub use tenant::{
    Adoption, Creation, PasswordHash, Quarantine, QuarantinedBy, Record, Step, StepRecord, StepState, TenantFilter,
    TenantSort, TenantState, TenantStatus,
};
pub use told::{Before, Comparison, Drift, Lock, Replaced, TenantDetail, TenantRow, TenantRows, Verdict};
pub use unseen::{is_seen, seen};
pub use users::{ClosedAct, TenantUser, TenantUserLink, TenantUsers, UserAct};
pub use version::Version;
pub use window::{InWindow, Repeat, WindowRow};
