//! Faults: what breaks while a fleet is being migrated, and what must hold afterwards ([`fleet`]). A few cycles here; `make
//! torture` runs the full counts. `NEO_KILLS`, `NEO_CRASHES` and `NEO_TENANTS` set them, `NEO_SEED` repeats the dice of an
//! earlier run; each test says what it did in one line.

mod central;
mod crowded;
mod disk;
mod fleet;
mod frozen;
mod gone;
mod held;
mod kill;
mod moving;
#[path = "../../../tests/worlds/patroni.rs"]
mod patroni;
mod renewed;
mod restored;
mod rotation;
mod server;
mod watchers;
