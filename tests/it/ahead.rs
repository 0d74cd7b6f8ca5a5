//! Before a run: the plan, and the rehearsal on a copy.

mod plan;
mod rehearsal;
