//! The tab of the users inside a tenant.

pub mod acts;
mod closed;
mod form;
pub mod link;
pub mod model;
pub mod one;
pub mod page;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::ManageTenantUsers;
    vec![
        Route::get("/tenants/{slug}/users", Permission::View, page::show),
        Route::post("/tenants/{slug}/users", may, page::create),
        Route::get("/tenants/{slug}/users/{user}", may, one::show),
        Route::post("/tenants/{slug}/users/{user}/role", may, acts::set_role),
        Route::post("/tenants/{slug}/users/{user}/password", may, acts::set_password),
        Route::post("/tenants/{slug}/users/{user}/link", may, acts::link),
        Route::post("/tenants/{slug}/users/{user}/end-sessions", may, acts::end_sessions),
        Route::post("/tenants/{slug}/users/{user}/disable", may, acts::disable),
        Route::post("/tenants/{slug}/users/{user}/enable", may, acts::enable),
        Route::get("/tenants/{slug}/users/{user}/delete", may, acts::ask_delete),
        Route::post("/tenants/{slug}/users/{user}/delete", may, acts::delete),
    ]
}
