//! Texts and answers that nobody honest sends.

mod answers;
mod honest;
mod operations;
mod queries;
mod replies;
mod wire;
