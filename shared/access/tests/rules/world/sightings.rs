//! What Salesforce shows of the customer.

use access::{Completeness, Invitation, InvitationStatus, Member, Observed, Role, User};

use crate::world::*;

/// What Salesforce shows of the customer; complete unless said otherwise.
pub(crate) fn seen() -> Observed {
    Observed { completeness: Completeness::Complete, ..Observed::default() }
}

pub(crate) trait ObservedExt {
    fn user(self, number: u8) -> Self;
    fn inactive(self, number: u8) -> Self;
    fn colleague(self, number: u8) -> Self;
    fn stock(self, number: u8) -> Self;
    fn with_email(self, number: u8, address: &str) -> Self;
    fn member(self, number: u8, letter: char) -> Self;
    fn manager(self, number: u8, letter: char) -> Self;
    fn invited(self, letter: char) -> Self;
    fn invitation(self, letter: char, status: InvitationStatus) -> Self;
    fn partial(self) -> Self;
}

impl ObservedExt for Observed {
    fn user(self, number: u8) -> Self {
        let it = User { email: Some(ana()), is_customer: true, is_stock: false, is_active: true };
        with_user(self, number, it)
    }

    fn inactive(self, number: u8) -> Self {
        let it = User { email: Some(ana()), is_customer: true, is_stock: false, is_active: false };
        with_user(self, number, it)
    }

    fn colleague(self, number: u8) -> Self {
        let it = User { email: Some(ana()), is_customer: false, is_stock: false, is_active: true };
        with_user(self, number, it)
    }

    fn stock(self, number: u8) -> Self {
        let it = User { email: Some(ana()), is_customer: true, is_stock: true, is_active: true };
        with_user(self, number, it)
    }

    fn with_email(mut self, number: u8, address: &str) -> Self {
        self.users.get_mut(&user(number)).expect("a user").email = Some(email(address));
        self
    }

    fn member(self, number: u8, letter: char) -> Self {
        with_place(self, number, letter, Role::Member)
    }

    fn manager(self, number: u8, letter: char) -> Self {
        with_place(self, number, letter, Role::Manager)
    }

    fn invited(self, letter: char) -> Self {
        self.invitation(letter, InvitationStatus::Sent)
    }

    fn invitation(mut self, letter: char, status: InvitationStatus) -> Self {
        self.invitations.push(Invitation {
            id: invitation(letter),
            group: Some(group(letter)),
            email: Some(ana()),
            status,
            parent: None,
        });
        self
    }

    fn partial(self) -> Self {
        Self { completeness: Completeness::Partial, ..self }
    }
}

fn with_user(mut observed: Observed, number: u8, it: User) -> Observed {
    observed.users.insert(user(number), it);
    observed
}

fn with_place(mut observed: Observed, number: u8, letter: char, role: Role) -> Observed {
    observed.members.insert(Member { group: group(letter), user: user(number), role });
    observed
}
