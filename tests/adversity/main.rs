//! What happens when things go wrong: not a story each, but all that can go wrong, at every call or in every order.

mod crashes;
mod efforts;
mod every_fault;
mod failures;
mod footprints;
mod histories;
mod hostile_payloads;
mod late;
mod orders;
mod rivals;
mod scale;
mod storms;
mod toys;
mod truth;
mod workers;
