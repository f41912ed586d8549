//! The wire contract: exactly what is sent, and what is made of answers in the form of 0.9.0. A small
//! HTTP server plays Quickwit.

#![allow(clippy::expect_used, missing_docs)]

mod indexes;
mod ingest;
mod searching;
mod server;

#[path = "../real/mod.rs"]
mod real;
