//! Central admins: who there is, and what may be changed about them. Superadmins only; the platform enforces it.

mod acts;
pub mod api;
mod calls;
pub mod command;
mod invite;
mod link;
pub mod links;
mod list;
mod new;
mod one;
mod words;

use neo::actor::Permission;

use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    let may = Permission::ManageAdmins;
    vec![
        Route::get(links::LIST, Permission::SeeAdmins, list::show),
        Route::post(links::LIST, may, new::create),
        Route::get(links::NEW, may, new::ask),
        Route::get(links::INVITE, may, invite::ask),
        Route::post(links::INVITE, may, invite::invite),
        Route::get("/admins/{id}", Permission::SeeAdmins, one::show),
        Route::post("/admins/{id}/role", may, acts::set_role),
        Route::post("/admins/{id}/link", may, acts::link),
        Route::post("/admins/{id}/revoke", may, acts::revoke),
        Route::post("/admins/{id}/password", may, acts::reset_password),
        Route::get("/admins/{id}/disable", may, acts::ask_disable),
        Route::post("/admins/{id}/disable", may, acts::disable),
        Route::post("/admins/{id}/enable", may, acts::enable),
        Route::post("/admins/{id}/reset-2fa", may, acts::reset_factor),
        Route::post("/admins/{id}/unlink", may, acts::unlink),
        Route::post("/admins/{id}/end-sessions", Permission::EndSessions, acts::end_sessions),
    ]
}
