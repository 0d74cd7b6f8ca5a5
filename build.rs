//! The central schema is compiled in: a changed file must be noticed.

fn main() {
    println!("cargo:rerun-if-changed=migrations/central");
}
