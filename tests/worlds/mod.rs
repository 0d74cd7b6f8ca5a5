//! Worlds that Neo may find itself in: real programs between it and its servers, a world a file. Those that take long are ignored
//! unless `make worlds` asks for them.

mod certificates;
mod pgbouncer;
mod several;
