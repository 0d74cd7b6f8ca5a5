//! The executable's tests, in one binary.
#![allow(clippy::unwrap_used)]
mod advice;
mod ahead;
mod apps;
mod asked;
mod audit;
#[allow(dead_code)]
#[path = "../../../tests/it/authenticator.rs"]
mod authenticator;
mod backups;
mod bulk;
mod bursts;
mod channels;
mod cli;
mod console;
mod doors;
mod far;
mod faults;
mod filters;
mod functions;
mod house;
mod many;
mod measures;
mod moving;
mod oidc;
mod pages;
mod pipeline;
mod program;
mod routes;
mod spans;
mod story;
#[path = "../../../tests/it/support.rs"]
mod support;
mod unwell;
mod walked;
mod windows;
mod workers;
#[allow(dead_code)]
#[path = "../../../tests/it/world.rs"]
mod world;
mod years;
