//! What happens when things go wrong: not a story each, but all that can go wrong, at every call or in every order.

mod crashes;
mod every_fault;
mod footprints;
mod histories;
mod hostile_payloads;
mod orders;
mod scale;
mod toys;
