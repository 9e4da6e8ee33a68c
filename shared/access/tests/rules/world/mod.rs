//! A small world: one customer, some groups, and what Salesforce shows. Instants are days before or after `now`.

mod drawing;
mod grants;
mod names;
mod printing;
mod runs;
mod sightings;

pub(crate) use self::drawing::*;
pub(crate) use self::grants::*;
pub(crate) use self::names::*;
pub(crate) use self::printing::*;
pub(crate) use self::runs::*;
pub(crate) use self::sightings::*;
