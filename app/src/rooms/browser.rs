//! What the browser has of the rooms: their server functions, to be called.

pub mod account {
    pub mod api;
}
pub mod dashboard {
    pub mod api;
}
pub mod search {
    pub mod api;
}
pub mod tenants {
    pub mod api;
}
