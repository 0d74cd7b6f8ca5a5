//! What the browser has of the rooms: their server functions, to be called.

pub mod account {
    pub mod api;
}
pub mod admins {
    pub mod api;
}
pub mod audit {
    pub mod api;
}
pub mod dashboard {
    pub mod api;
}
pub mod migrations {
    pub mod api;
}
pub mod runs {
    pub mod api;
}
pub mod search {
    pub mod api;
}
pub mod servers {
    pub mod api;
}
pub mod tenants {
    pub mod api;
}
pub mod tokens {
    pub mod api;
}
