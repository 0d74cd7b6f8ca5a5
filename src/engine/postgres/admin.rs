//! Creating and dropping, as the administrator.
