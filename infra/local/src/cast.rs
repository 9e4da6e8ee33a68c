//! Who is in the org before anything happens.

use salesforce_simulator::{NewGroup, NewUser, OrgHandle};

use crate::stop::Stop;

/// A colleague, who leads projects.
pub(crate) const KIM: &str = "kim@corp.example";
/// A manager to be.
pub(crate) const ANA: &str = "ana@acme.example";
/// A member to be.
pub(crate) const BO: &str = "bo@acme.example";
/// A customer already.
pub(crate) const CY: &str = "cy@acme.example";
/// The customer of the second project.
pub(crate) const DEE: &str = "dee@globex.example";
/// A customer of the third project, who joins.
pub(crate) const EVE: &str = "eve@initech.example";
/// A customer of the third project, who does not.
pub(crate) const FINN: &str = "finn@initech.example";

/// A customer from before Lanyard, who is still needed.
pub(crate) const IVY: &str = "ivy@hooli.example";
/// Another one.
pub(crate) const JO: &str = "jo@hooli.example";
/// One whom nobody needs any more.
pub(crate) const LOU: &str = "lou@hooli.example";

/// All customers, in the order in which Lanyard gets to know them.
pub(crate) const CUSTOMERS: [&str; 9] = [IVY, JO, LOU, ANA, BO, CY, DEE, EVE, FINN];

/// The group that was made by hand.
pub(crate) const LOUNGE: &str = "Partner lounge";

/// The group that an admin filled by hand.
pub(crate) const PILOT: &str = "Hooli pilot";

/// The licences for customers.
pub(crate) const SEATS: i64 = 10;

/// Adds Kim, and Cy in a group of Kim's that was made by hand.
pub(crate) fn seed(org: &OrgHandle) -> Result<(), Stop> {
    org.add_user(NewUser::internal(KIM))?;
    org.add_user(NewUser::customer(CY))?;
    org.add_group(&NewGroup::for_customers(LOUNGE).owner(KIM))?;
    org.add_member(LOUNGE, CY, "Standard")?;
    org.clear_log();
    Ok(())
}

/// Adds those whom an admin let in by hand, and whom nobody remembers.
pub(crate) fn seed_forgotten(org: &OrgHandle) -> Result<(), Stop> {
    org.add_group(&NewGroup::for_customers(PILOT).owner(KIM))?;
    for email in [IVY, JO, LOU] {
        org.add_user(NewUser::customer(email))?;
        org.add_member(PILOT, email, "Standard")?;
    }
    org.clear_log();
    Ok(())
}
