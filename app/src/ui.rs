//! What every page is made of: frame, status marks, fleet bar, tables, fields. Server-rendered only, and without any knowledge
//! of tenants or runs: pages hand in words and numbers.

mod act;
mod bits;
mod confirm;
mod fleet;
mod form;
pub mod frame;
mod once;
mod qr;
mod status;
mod table;
pub mod text;

pub use act::{Act, InPlace, Press};
pub use bits::{Banner, CopyCli, CopyForm, CopySeveral, CopyText, Danger, Empty, Pill, Pills, Tab, Tabs, Time, Tone};
pub use confirm::Confirm;
pub use fleet::{FleetBar, Legend, Segment};
pub use form::{Choice, Field, TextArea, Tick};
pub use frame::Nav;
pub use once::OnceOnly;
pub use qr::Qr;
pub use status::{Dots, Status, VersionRail};
pub use table::{Column, Pager, Sort, Table, place};

pub use crate::islands::mark::Mark;
