//! Tests of the executable: console.
