//! One's own second factor: a part of the account, and of the sign-in where one is required.

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
        Route::post(links::BEGIN, may, acts::begin),
        Route::post(links::CONFIRM, may, acts::confirm),
        Route::post(links::CODES, may, acts::renew_codes),
        Route::get(links::REMOVE, Permission::OwnAccount, acts::ask_remove),
        Route::post(links::REMOVE, Permission::OwnAccount, acts::remove),
    ]
}
