//! Texts and answers that nobody honest sends.

mod queries;
