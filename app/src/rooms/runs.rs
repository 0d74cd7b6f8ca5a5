//! The pages of runs: the list, a new one with its preview, one run as it happens, and the acts on it.

mod acts;
pub mod api;
mod calls;
pub mod command;
pub mod drift;
pub mod excerpt;
pub mod links;
mod list;
pub mod live;
pub mod new;
pub mod on_it;
mod one;
mod preview;
mod stream;
mod ways_on;
pub mod why;
pub mod words;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::Operate;
    let mut pages = vec![
        Route::get(links::LIST, Permission::View, list::page::show),
        Route::get(links::NEW, may, new::page::ask).asking(words::ASKED),
        Route::post(links::NEW, may, new::page::act).asking(words::ASKED),
        Route::post(links::REHEARSE, may, acts::rehearse::act),
        Route::get("/runs/{number}", Permission::View, one::page::show),
        Route::get("/runs/{number}/rerun", Permission::Rerun, acts::rerun::ask),
        Route::post("/runs/{number}/rerun", Permission::Rerun, acts::rerun::act),
        Route::get("/runs/{number}/cancel", may, acts::cancel::ask),
        Route::post("/runs/{number}/cancel", may, acts::cancel::act),
        Route::get("/runs/{number}/skip", may, acts::skip::ask),
        Route::post("/runs/{number}/skip", may, acts::skip::act),
        Route::get("/runs/{number}/acknowledge", Permission::Rerun, acts::acknowledge::ask),
        Route::post("/runs/{number}/acknowledge", Permission::Rerun, acts::acknowledge::act),
        Route::get("/runs/{number}/pass-windows", Permission::PassWindows, acts::pass_windows::ask),
        Route::post("/runs/{number}/pass-windows", Permission::PassWindows, acts::pass_windows::act),
        Route::post("/runs/{number}/pause", may, acts::resume::pause),
        Route::get("/runs/{number}/resume", may, acts::resume::ask),
        Route::post("/runs/{number}/resume", may, acts::resume::resume),
    ];
    pages.extend(stream::pages());
    pages
}
