//! The fields of a request: each is read by its path, and what is wrong with it is noted.

use std::collections::BTreeMap;

use access::event::Problem;
use access::{
    Email, GroupId, InvalidInstant, OrgAlias, ProjectId, Role, UncleanText, clean_name, clean_text,
    parse_instant,
};
use chatter::{GroupName, NewGroup};
use jiff::{SignedDuration, Timestamp};
use runtime::{MAXIMUM_ADDRESSES, WrittenAddress, parse_address};
use serde_json::{Map, Value};

use crate::message::{self, Links};
use crate::request::{Request, longest};

/// How far ahead an expiry must lie: less would be over before it is of use.
const MINIMUM_AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// How far ahead of our clock a request may be dated. One dated far ahead would silence every later one.
const MAXIMUM_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// How old a request may be that is carried out: what ended before is remembered at least as long.
const MAXIMUM_AGE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The fields of a request, and what is wrong with them so far.
pub(crate) struct Form {
    /// Whether its message may have addresses of web pages.
    links: Links,
    /// Every problem found, in the order of the contract's table.
    pub(crate) problems: Vec<Problem>,
}

impl Form {
    /// A form of which nothing is read.
    pub(crate) fn new(links: Links) -> Self {
        Self { links, problems: Vec::new() }
    }

    /// The request, as far as its fields are well-formed.
    pub(crate) fn request(
        &mut self,
        value: &Value,
        now: Timestamp,
        sent_at: Timestamp,
    ) -> Option<Request> {
        let Some(fields) = value.as_object() else {
            self.wrong("request", "must be a JSON object");
            return None;
        };
        let org = self.org(fields);
        let project = self.object(fields, "project");
        let id = project.and_then(|it| self.parsed(it, "project.id", ProjectId::parse_asked));
        let project_name =
            project.and_then(|it| self.text(it, "project.name", clean_name, longest::PROJECT_NAME));
        let group = self.object(fields, "group").and_then(|it| self.group(it));
        let customers = self.customers(fields);
        let message = self.message(fields);
        let sponsor = self.parsed(fields, "sponsor", Email::parse);
        let reason = self.text(fields, "reason", clean_text, longest::REASON);
        let (dated, requested_at) = self.requested_at(fields, now, sent_at);
        let expires_at = self.expiry(fields, requested_at);
        let late = late(fields, dated, requested_at, expires_at, now);
        let (group, new_group, allow_customers) = group?;
        Some(Request {
            org: org?,
            project: id?,
            project_name,
            group,
            new_group,
            allow_customers,
            customers,
            message,
            sponsor: sponsor?,
            reason,
            expires_at,
            requested_at,
            late,
        })
    }

    /// The instant of the request, and the field that names it.
    fn requested_at(
        &mut self,
        fields: &Map<String, Value>,
        now: Timestamp,
        sent_at: Timestamp,
    ) -> (&'static str, Timestamp) {
        let (field, at) = match present(fields, "requestedAt") {
            None => ("time", Some(sent_at)),
            Some(instant) => {
                let parsed = instant.as_str().map_or(Err(InvalidInstant), parse_instant);
                ("requestedAt", self.checked("requestedAt", parsed))
            }
        };
        let at = at.unwrap_or(now);
        if at.duration_since(now) > MAXIMUM_AHEAD {
            self.wrong(field, "must not lie more than five minutes ahead");
        }
        (field, at)
    }

    fn org(&mut self, fields: &Map<String, Value>) -> Option<OrgAlias> {
        match present(fields, "org") {
            None => Some(OrgAlias::default()),
            Some(_) => self.parsed(fields, "org", OrgAlias::parse),
        }
    }

    fn group(
        &mut self,
        fields: &Map<String, Value>,
    ) -> Option<(GroupName, Option<NewGroup>, bool)> {
        let description =
            self.text(fields, "group.description", clean_text, longest::GROUP_DESCRIPTION);
        let allow_customers = match present(fields, "allowCustomers") {
            None => false,
            Some(Value::Bool(allow)) => *allow,
            Some(_) => {
                self.wrong("group.allowCustomers", "must be true or false");
                false
            }
        };
        match (present(fields, "id"), present(fields, "name")) {
            (Some(_), Some(_)) | (None, None) => {
                self.wrong("group", "must have exactly one of id and name");
                None
            }
            (Some(_), None) => {
                let id = self.parsed(fields, "group.id", group_id)?;
                Some((GroupName::Id(id), None, allow_customers))
            }
            (None, Some(_)) => {
                let name = self.text(fields, "group.name", clean_name, longest::GROUP_NAME)?;
                let group = GroupName::Name(name.clone());
                Some((group, Some(NewGroup { name, description }), allow_customers))
            }
        }
    }

    fn customers(&mut self, fields: &Map<String, Value>) -> Vec<(Email, Option<Role>)> {
        let Some(value) = present(fields, "customers") else {
            self.wrong("customers", "is missing: name 1 to 1,000 customers");
            return Vec::new();
        };
        let Some(written) = WrittenAddress::all(value) else {
            self.wrong("customers", "must be a list of { email, role }, or one text of addresses");
            return Vec::new();
        };
        if written.is_empty() {
            self.wrong("customers", "must name 1 to 1,000 customers");
        }
        if written.len() > MAXIMUM_ADDRESSES {
            self.wrong("customers", "must name at most 1,000 customers");
            return Vec::new();
        }
        let written = written.into_iter().enumerate();
        let entries: Vec<_> = written.filter_map(|(index, it)| self.entry(index, it)).collect();
        let mut places = BTreeMap::new();
        let mut customers: Vec<(Email, Option<Role>)> = Vec::new();
        for (index, address, role) in entries {
            let field = format!("customers[{index}].email");
            let Some(email) = self.email(&field, address) else { continue };
            let place = *places.entry(email.clone()).or_insert(customers.len());
            let Some((_, before)) = customers.get_mut(place) else {
                customers.push((email, role));
                continue;
            };
            // Whoever is named without a role may be a member by another entry, and nothing else.
            if before.unwrap_or(Role::Member) == role.unwrap_or(Role::Member) {
                *before = before.or(role);
            } else {
                let field = format!("customers[{index}].role");
                self.wrong(&field, "differs from the role of the same address before");
            }
        }
        customers
    }

    fn entry<'v>(
        &mut self,
        index: usize,
        written: WrittenAddress<'v>,
    ) -> Option<(usize, WrittenAddress<'v>, Option<Role>)> {
        let WrittenAddress::InList(entry) = written else {
            return Some((index, written, None));
        };
        let field = format!("customers[{index}]");
        let Some(fields) = entry.as_object() else {
            self.wrong(&field, "must be an object with an email");
            return None;
        };
        let role = match present(fields, "role") {
            None => None,
            Some(Value::String(role)) if role == "member" => Some(Role::Member),
            Some(Value::String(role)) if role == "manager" => Some(Role::Manager),
            Some(_) => {
                self.wrong(&format!("{field}.role"), "must be member or manager");
                None
            }
        };
        Some((index, written, role))
    }

    fn email(&mut self, field: &str, written: WrittenAddress<'_>) -> Option<Email> {
        if let Some(text) = written.text() {
            return parse_address(field, text).map_err(|problem| self.problems.push(problem)).ok();
        }
        let is_named =
            matches!(written, WrittenAddress::InList(entry) if !entry["email"].is_null());
        self.wrong(field, if is_named { "must be a text" } else { "is missing" });
        None
    }

    /// The expiry, counted from the instant of the request, so that the same request says the same whenever it is delivered.
    fn expiry(&mut self, fields: &Map<String, Value>, from: Timestamp) -> Option<Timestamp> {
        match (present(fields, "expiresAt"), present(fields, "days")) {
            (None, None) => None,
            (Some(_), Some(_)) => {
                self.wrong("expiresAt", "must not be given together with days");
                None
            }
            (Some(instant), None) => {
                let parsed = instant.as_str().map_or(Err(InvalidInstant), parse_instant);
                let at = self.checked("expiresAt", parsed)?;
                if at.duration_since(from) < MINIMUM_AHEAD {
                    self.wrong("expiresAt", "must be at least an hour ahead");
                }
                Some(at)
            }
            (None, Some(days)) => {
                let Some(days) = days.as_u64().filter(|days| *days > 0) else {
                    self.wrong("days", "must be a whole number from 1");
                    return None;
                };
                let hours = i64::try_from(days).unwrap_or(i64::MAX).saturating_mul(24);
                let ahead = SignedDuration::try_from_hours(hours).unwrap_or(SignedDuration::MAX);
                Some(from.saturating_add(ahead).unwrap_or(Timestamp::MAX))
            }
        }
    }

    fn object<'v>(
        &mut self,
        fields: &'v Map<String, Value>,
        field: &str,
    ) -> Option<&'v Map<String, Value>> {
        match present(fields, field) {
            Some(Value::Object(object)) => Some(object),
            Some(_) => {
                self.wrong(field, "must be an object");
                None
            }
            None => {
                self.wrong(field, "is missing");
                None
            }
        }
    }

    fn message(&mut self, fields: &Map<String, Value>) -> Option<String> {
        let message = self.text(fields, "message", clean_text, longest::MESSAGE)?;
        let checked = message::check(&message, self.links).map(|()| message);
        self.checked("message", checked)
    }

    /// An optional text that is clean, of at most `maximum` characters as it is kept; `field` is its path.
    fn text(
        &mut self,
        fields: &Map<String, Value>,
        field: &str,
        clean: fn(&str) -> Result<String, UncleanText>,
        maximum: usize,
    ) -> Option<String> {
        let Value::String(text) = present(fields, last(field))? else {
            self.wrong(field, "must be a text");
            return None;
        };
        let text = self.checked(field, clean(text))?;
        if text.chars().count() > maximum {
            self.wrong(field, &format!("must have at most {maximum} characters"));
            return None;
        }
        Some(text)
    }

    /// A required id or address that `parse` understands, but for white space around it; `field` is its path.
    fn parsed<T, E: std::fmt::Display>(
        &mut self,
        fields: &Map<String, Value>,
        field: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match present(fields, last(field)) {
            None => {
                self.wrong(field, "is missing");
                None
            }
            Some(Value::String(text)) => self.checked(field, parse(text.trim())),
            Some(_) => {
                self.wrong(field, "must be a text");
                None
            }
        }
    }

    fn checked<T, E: std::fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.wrong(field, &error.to_string())).ok()
    }

    fn wrong(&mut self, field: &str, message: &str) {
        self.problems.push(Problem { field: field.to_owned(), message: message.to_owned() });
    }
}

/// Why a request that is well-formed comes too late.
fn late(
    fields: &Map<String, Value>,
    dated: &str,
    requested_at: Timestamp,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Problem> {
    let problem = |field: &str, message: &str| {
        Some(Problem { field: field.to_owned(), message: message.to_owned() })
    };
    let is_over = expires_at.is_some_and(|at| at.duration_since(now) < MINIMUM_AHEAD);
    if now.duration_since(requested_at) > MAXIMUM_AGE {
        problem(dated, "must not lie more than 60 days back")
    } else if is_over && present(fields, "days").is_some() {
        problem("days", "are over, or nearly so, counted from the instant of the request")
    } else if is_over {
        problem("expiresAt", "must be at least an hour ahead")
    } else {
        None
    }
}

/// The value of a field; `null` counts as absent.
fn present<'v>(fields: &'v Map<String, Value>, field: &str) -> Option<&'v Value> {
    fields.get(field).filter(|value| !value.is_null())
}

fn last(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, last)| last)
}

fn group_id(text: &str) -> Result<GroupId, &'static str> {
    let expected = "must be a Salesforce id of 15 or 18 characters that begins with 0F9";
    let id = salesforce::Id::parse(text).map_err(|_| expected)?;
    GroupId::parse(id.as_str()).map_err(|_| expected)
}
