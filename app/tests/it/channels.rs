//! Channels and notices from outside: the program against real receivers, the pages, the functions.

mod manners;
mod pages;
pub mod receiver;
