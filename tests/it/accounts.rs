//! Tests of the room `accounts`.
