//! Private database clusters for the tests: made on a scratch port, stopped when the test process is gone.
