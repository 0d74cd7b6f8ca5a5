//! Worlds that Neo may find itself in: real programs between it and its servers, and before it, a world a file. Those that take
//! long, or fetch what they need, are ignored unless `make worlds` asks for them.

mod certificates;
mod galera;
mod knex;
mod pgbouncer;
mod several;
mod smtp;
