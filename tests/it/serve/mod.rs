//! `serve`: the answers of the command line, from one process that lives long.

mod answers;
mod client;
mod fresh;
mod malformed;
mod order;
mod protocol;

pub(crate) use client::Server;
