//! What people do in Salesforce: the customers with their mails, and everybody with their hands.

use machinery::world::World;
use salesforce_simulator::{OrgHandle, Refusal};

use crate::histories::command::Command;
use crate::histories::model::Model;
use crate::histories::universe::{Address, Customer, Group};

/// Why a user cannot be deactivated.
const RULE: &str = "Customers of tier 1 stay active";

/// Lets it happen, where Salesforce lets it: what cannot be done does not happen.
pub(crate) fn happen(world: &World, model: &mut Model, command: Command) {
    let org = world.org();
    // Whether somebody is there to whom it could be done is Salesforce's to say.
    let _: Result<(), Refusal> = match command {
        Command::Accept(customer, group) => {
            org.accept_from(group.name(), &customer.email(Address::Own)).map(drop)
        }
        Command::AcceptElsewhere(customer, group) => {
            match invitation(world, customer, group, "Sent") {
                Some(id) => org.accept_as(&id, &customer.email(Address::Other)).map(drop),
                None => Ok(()),
            }
        }
        Command::AcceptWithdrawn(customer, group) => {
            match invitation(world, customer, group, "Canceled") {
                Some(id) => org.accept(&id).map(drop),
                None => Ok(()),
            }
        }
        Command::WithdrawByHand(customer, group) => {
            match invitation(world, customer, group, "Sent") {
                Some(id) => org.cancel_invitation(&id),
                None => Ok(()),
            }
        }
        Command::RemoveByHand(customer, group) => {
            each(customer, |email| org.remove_member(group.name(), email));
            Ok(())
        }
        Command::GiveByHand(customer, group, role) => {
            each(customer, |email| {
                org.add_member(group.name(), email, role.in_salesforce()).map(drop)
            });
            Ok(())
        }
        Command::ChangeRoleByHand(customer, group, role) => {
            each(customer, |email| org.set_role(group.name(), email, role.in_salesforce()));
            Ok(())
        }
        Command::DeactivateByHand(customer) => {
            each(customer, |email| org.deactivate(email));
            Ok(())
        }
        Command::ActivateByHand(customer) => {
            each(customer, |email| org.activate(email));
            Ok(())
        }
        Command::BlockOne(_) | Command::BlockAll | Command::Unblock | Command::ExpireSessions => {
            administer(&org, model, command)
        }
        Command::Do(_)
        | Command::Together(..)
        | Command::ThreeTogether(..)
        | Command::Dying(..)
        | Command::Pass(_)
        | Command::RotateSecret => Ok(()),
    };
}

/// What an admin does to the org as a whole.
fn administer(org: &OrgHandle, model: &mut Model, command: Command) -> Result<(), Refusal> {
    if let Command::BlockOne(customer) = command {
        let blocked = org.block_deactivation(Some(&customer.email(Address::Own)), RULE);
        if blocked.is_ok() {
            model.blocked.insert(customer);
        }
        return blocked;
    }
    if command == Command::BlockAll {
        model.is_all_blocked = true;
        return org.block_deactivation(None, RULE);
    }
    if command == Command::Unblock {
        model.is_all_blocked = false;
        model.blocked.clear();
        org.unblock_deactivation();
    } else {
        org.expire_sessions();
    }
    Ok(())
}

/// The latest invitation of the customer to the group that stands so.
fn invitation(world: &World, customer: Customer, group: Group, status: &str) -> Option<String> {
    let org = world.org();
    let group = org.group_by_name(group.name())?;
    let email = customer.email(Address::Own);
    let mut invitations = org.invitations().into_iter().rev();
    let found =
        invitations.find(|it| it.email == email && it.group_id == group.id && it.status == status);
    found.map(|it| it.id)
}

/// Does it to each user whom the customer has.
fn each(customer: Customer, act: impl Fn(&str) -> Result<(), Refusal>) {
    for address in Address::ALL {
        let _ = act(&customer.email(address));
    }
}
