//! The frame around every command: exit codes, errors and their ways out, the two streams, colours, escaping, how a
//! VERSION is named, and how the program is called.

mod called;
mod colour;
mod dates;
mod errors;
mod hostile;
mod naming;
mod pager;
mod streams;
