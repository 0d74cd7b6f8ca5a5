//! One's own passkeys: a part of the account. The forms that ask for one are the sign-in's as well.

mod acts;
pub mod api;
mod calls;
pub mod links;
pub mod pieces;
pub mod section;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::OwnFactors;
    vec![
        Route::get(links::NEW, may, acts::ask_new),
        Route::post(links::OPTIONS, may, acts::options),
        Route::post(links::ADD, may, acts::add),
        Route::get(links::RENAME, Permission::OwnAccount, acts::ask_rename),
        Route::post(links::RENAME, Permission::OwnAccount, acts::rename),
        Route::get(links::REMOVE, may, acts::ask_remove),
        Route::post(links::REMOVE, may, acts::remove),
    ]
}
