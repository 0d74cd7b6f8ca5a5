//! What a page is put together with: its frame around a view, its form, its files, and what a refusal looks like.

pub mod advice;
pub mod assets;
pub mod errors;
pub mod forms;
mod marks;
pub mod onward;
pub mod render;
pub mod route;
pub mod typed;
