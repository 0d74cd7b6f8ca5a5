//! Worlds that Neo has to live in, each as the real programs make it. Large ones fetch those and take their time: `make worlds`.

mod knex;
