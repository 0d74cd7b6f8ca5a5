//! The platform's tests against real databases, in one binary.
#![allow(clippy::unwrap_used)]
// What awaits a tenant is nested deep.
#![recursion_limit = "256"]
mod accounts;
mod ahead;
mod approvals;
mod authenticator;
mod bounds;
mod drift;
mod engines;
mod faithful;
mod filters;
mod hostile;
mod large;
mod lost;
mod migrations;
mod names;
mod notices;
mod reach;
mod resolve;
mod retention;
mod rollouts;
mod runs;
mod support;
mod tenants;
mod upgrade;
mod windows;
#[allow(dead_code)]
mod world;
#[path = "../worlds/mod.rs"]
mod worlds;
