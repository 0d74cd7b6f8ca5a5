//! Tests of the executable: cli.
