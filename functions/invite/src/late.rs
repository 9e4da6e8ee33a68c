//! Requests that come after something newer: they change nothing, in Salesforce neither.

use std::collections::BTreeMap;

use access::{Asked, Customer, Email, Grant, Group, Role, is_one_name};
use chatter::GroupName;

use crate::admission::Desk;
use crate::answer::{Answer, AnsweredGroup};
use crate::case::{Case, Fate};
use crate::refusal::RequestRefusal;
use crate::request::Request;

impl Desk<'_> {
    /// By what a request is told from others that ask for the same.
    pub(crate) fn asked(&self, request: &Request) -> Asked {
        Asked::new(request.requested_at, self.origin)
    }

    /// The answer to a request of which every customer has something newer, as far as the ledger alone can tell. No group is looked
    /// for, and none is made.
    ///
    /// # Errors
    /// [`RequestRefusal::Invalid`] where it comes too late to be carried out and nothing newer is recorded.
    pub(crate) fn superseded(
        &self,
        request: &Request,
        customers: &BTreeMap<Email, Customer>,
    ) -> Result<Option<Answer>, RequestRefusal> {
        let asked = self.asked(request);
        let is_group = |group: &Group| is_named(group, &request.group);
        let newer = |(email, role)| {
            let customer = customers.get(email)?;
            let grant = customer.superseding(&request.project, is_group, &asked)?;
            Some((email, role, grant))
        };
        let asks = request.customers.iter().map(|(email, role)| (email, role));
        let newer: Option<Vec<(&Email, &Option<Role>, &Grant)>> = asks.map(newer).collect();
        let Some(newer) = newer else {
            return match &request.late {
                Some(problem) => Err(RequestRefusal::Invalid(vec![problem.clone()])),
                None => Ok(None),
            };
        };
        let Some((_, _, first)) = newer.first() else { return Ok(None) };
        let group = AnsweredGroup { group: first.group.clone(), created: false };
        let case = |(email, role, grant): &(&Email, &Option<Role>, &Grant)| {
            let (id, expires_at) = (grant.id.clone(), grant.expires_at);
            let fate = Fate::Superseded { grant: id, role: grant.role, expires_at };
            Case { email: (*email).clone(), role: **role, fate }
        };
        Ok(Some(Answer {
            org: request.org.clone(),
            project: request.project.clone(),
            group,
            customers: newer.iter().map(case).filter_map(Case::answer).collect(),
            warnings: Vec::new(),
        }))
    }
}

fn is_named(group: &Group, name: &GroupName) -> bool {
    match name {
        GroupName::Id(id) => group.id == *id,
        GroupName::Name(name) => is_one_name(&group.name, name),
    }
}
