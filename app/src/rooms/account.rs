//! One's own account: password, sessions, how pages look. On a tenant's subdomain: the same of its users.

mod acts;
pub mod api;
mod calls;
pub mod links;
mod not_me;
mod page;
mod tenant;

use neo::actor::Permission;

use crate::page::route::{Route, Whom};

pub fn pages() -> Vec<Route> {
    let may = Permission::OwnAccount;
    vec![
        Route::get(links::PAGE, may, page::show),
        Route::post(links::PASSWORD, may, acts::change_password),
        Route::post(links::END, may, acts::end_one),
        Route::post(links::END_OTHERS, may, acts::end_others),
        Route::get(links::NOT_ME, may, not_me::ask),
        Route::post(links::NOT_ME, may, not_me::said),
        Route::post(links::ANEW, may, not_me::choose),
        Route::post(links::PREFERENCES, Whom::Anybody, acts::prefer),
    ]
}

/// At a tenant's own address.
pub fn of_tenants() -> Vec<Route> {
    vec![
        Route::get("/", Whom::TenantUser, tenant::show),
        Route::get(links::PAGE, Whom::TenantUser, tenant::show),
        Route::post(links::PASSWORD, Whom::TenantUser, tenant::change_password),
        Route::post(links::END_ALL, Whom::TenantUser, tenant::sign_out_everywhere),
        Route::post(links::PREFERENCES, Whom::Anybody, acts::prefer),
    ]
}
