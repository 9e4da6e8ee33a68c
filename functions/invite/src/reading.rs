//! What the ledger has of a request, read at once before anything is decided.

use std::collections::BTreeMap;

use access::{Customer, Email, NotAllowed, Project};

use crate::admission::Desk;
use crate::failure::{unread, unrecognized};
use crate::refusal::RequestRefusal;
use crate::request::Request;

/// What the ledger has of a request.
pub(crate) struct Read {
    /// Whether it knows the org.
    pub(crate) is_met: bool,
    pub(crate) project: Project,
    pub(crate) customers: BTreeMap<Email, Customer>,
}

/// What is known of the org and the project of a request.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) is_met: bool,
    pub(crate) project: &'a Project,
}

impl Desk<'_> {
    /// Reads the customers and the sponsor, and refuses early what the transaction would refuse late.
    pub(crate) async fn read(&self, request: &Request) -> Result<Read, RequestRefusal> {
        let reader = &self.ledger.reader;
        let emails = request.customers.iter().map(|(email, _)| email).chain([&request.sponsor]);
        let mut emails: Vec<Email> = emails.cloned().collect();
        // Whoever reads the mails of a sub-address is the one who has the address.
        let mailbox = request.sponsor.without_sub_address();
        if !emails.contains(&mailbox) {
            emails.push(mailbox.clone());
        }
        let read = reader.org_project_and_customers(&request.org, &request.project, &emails).await;
        let (org, project, mut customers) = read.map_err(|error| unread(&error))?;
        let is_met = org.is_some();
        run::recognize(self.ledger, org, &request.org, self.client, true)
            .await
            .map_err(|error| unrecognized(&error))?;
        if project.is_closed() {
            return Err(RequestRefusal::ProjectClosed);
        }
        if !customers.unreadable.is_empty() {
            tracing::error!(
                count = customers.unreadable.len(),
                "customers' records are not understood"
            );
            return Err(RequestRefusal::LedgerUnavailable);
        }
        // Whoever is among the customers of the request was refused as their sponsor before.
        let sponsors = [&request.sponsor, &mailbox].map(|it| customers.read.remove(it));
        if sponsors.iter().flatten().any(is_customer) {
            return Err(NotAllowed::customer_as_sponsor().into());
        }
        Ok(Read { is_met, project, customers: customers.read })
    }
}

/// Whether somebody who is to answer for others is let in themselves.
fn is_customer(sponsor: &Customer) -> bool {
    sponsor.grants.values().any(access::Grant::is_open)
}
