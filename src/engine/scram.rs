//! SCRAM-SHA-256 verifiers.
