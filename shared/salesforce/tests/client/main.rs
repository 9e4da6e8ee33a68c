//! The client against a scripted server.

mod asked;
mod asking;
mod hostile;
mod kept_key;
mod lasting;
mod moving;
mod objects;
mod odd_limits;
mod odd_sessions;
mod odd_words;
mod reading;
mod sending;
mod server;
mod sign_in;
mod simulated;
mod unclear;
mod writing;
mod writing_again;
