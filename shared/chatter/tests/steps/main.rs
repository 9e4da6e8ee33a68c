//! Steps, carried out in a simulated org.

mod unclear;
mod world;
