//! What takes access away by name: whose, and of which project and group.

use std::collections::BTreeSet;

use access::{
    Email, GroupId, NamedGroup, OrgAlias, ProjectId, Withdrawal, Withdrawn, clean_name,
    parse_instant,
};
use jiff::Timestamp;
use runtime::{MAXIMUM_ADDRESSES, WrittenAddress, parse_address};
use serde_json::{Map, Value};

use crate::event::{InvalidEvent, MAXIMUM_AHEAD, short, wrong};

/// What a withdrawal can say.
const FIELDS: [&str; 7] =
    ["customers", "org", "projectId", "group", "withdrawnAt", "withdrawnBy", "reason"];

/// What it can say of a group. Whoever repeats the group of a request may leave the rest of it there, which means nothing here.
const OF_GROUP: [&str; 4] = ["id", "name", "description", "allowCustomers"];

/// What it can say of a customer. Whoever repeats the customers of a request may leave their roles there, which mean nothing here.
const OF_CUSTOMER: [&str; 2] = ["email", "role"];

/// How many characters the name of a Chatter group has at most.
const MAXIMUM_NAME: usize = 40;

/// A person's word that access of some customers is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedWithdrawal {
    /// The org.
    pub org: OrgAlias,
    /// Whose access.
    pub customers: BTreeSet<Email>,
    /// Of what, and the word itself.
    pub withdrawal: Withdrawal,
}

impl NamedWithdrawal {
    /// Reads the detail of a *Customer Access Withdrawn*, or the payload of a direct invocation. `at` counts where it does not say
    /// when; `prefix` is the path at which the fields are.
    ///
    /// # Errors
    /// [`InvalidEvent`] names the first field that is missing or wrong.
    pub(crate) fn parse(
        detail: &Value,
        prefix: &str,
        at: (&str, Timestamp),
        now: Timestamp,
    ) -> Result<Self, InvalidEvent> {
        let whole = if prefix.is_empty() { "payload" } else { prefix.trim_end_matches('.') };
        let fields = detail.as_object().ok_or_else(|| wrong(whole, "must be a JSON object"))?;
        let form = Form { fields, prefix };
        form.must_be_known(&FIELDS)?;
        let org = form.parsed("org", OrgAlias::parse)?.unwrap_or_default();
        let customers = form.customers()?;
        let project = form.parsed("projectId", ProjectId::parse)?;
        let group = form.group()?;
        let (field, at) = match form.text("withdrawnAt")? {
            None => (at.0.to_owned(), at.1),
            Some(instant) => {
                let field = form.path("withdrawnAt");
                let at =
                    parse_instant(instant).map_err(|error| wrong(&field, &error.to_string()))?;
                (field, at)
            }
        };
        if at.duration_since(now) > MAXIMUM_AHEAD {
            return Err(wrong(&field, "must not lie more than five minutes ahead"));
        }
        let (by, reason) = (form.short("withdrawnBy")?, form.short("reason")?);
        let withdrawal = Withdrawal { project, group, word: Withdrawn { at, by, reason } };
        Ok(Self { org, customers, withdrawal })
    }
}

struct Form<'a> {
    fields: &'a Map<String, Value>,
    prefix: &'a str,
}

impl<'a> Form<'a> {
    fn path(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }

    /// A field that is not known may have been meant to narrow the withdrawal, to name another org, or to try it out: without it more
    /// would be taken away than was meant.
    fn must_be_known(&self, known: &[&str]) -> Result<(), InvalidEvent> {
        match self.fields.keys().find(|field| !known.contains(&field.as_str())) {
            Some(field) => {
                // What is no word may be anything, and is not repeated.
                let is_word =
                    field.len() <= 40 && field.bytes().all(|it| it.is_ascii_alphanumeric());
                let field = if is_word { field } else { "a field" };
                let known = format!("is not known; known are {}", known.join(", "));
                Err(wrong(&self.path(field), &known))
            }
            None => Ok(()),
        }
    }

    fn present(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    fn text(&self, field: &str) -> Result<Option<&'a str>, InvalidEvent> {
        match self.present(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(&self.path(field), "must be a text")),
        }
    }

    fn short(&self, field: &str) -> Result<Option<String>, InvalidEvent> {
        let text = self.text(field)?.map(short).transpose();
        text.map_err(|expected| wrong(&self.path(field), &expected))
    }

    fn parsed<T, E: std::fmt::Display>(
        &self,
        field: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, InvalidEvent> {
        let parsed = self.text(field)?.map(|text| parse(text.trim())).transpose();
        parsed.map_err(|error| wrong(&self.path(field), &error.to_string()))
    }

    fn customers(&self) -> Result<BTreeSet<Email>, InvalidEvent> {
        let expected = "must be a list of addresses or of { email }, or one text of addresses";
        let field = self.path("customers");
        let value = self.present("customers").ok_or_else(|| wrong(&field, "is missing"))?;
        let written = WrittenAddress::all(value).ok_or_else(|| wrong(&field, expected))?;
        for (index, entry) in written.iter().enumerate() {
            let WrittenAddress::InList(Value::Object(fields)) = entry else { continue };
            let prefix = format!("{field}[{index}].");
            Form { fields, prefix: &prefix }.must_be_known(&OF_CUSTOMER)?;
        }
        let texts: Option<Vec<&str>> = written.into_iter().map(WrittenAddress::text).collect();
        let texts = texts.ok_or_else(|| wrong(&field, expected))?;
        if texts.is_empty() || texts.len() > MAXIMUM_ADDRESSES {
            return Err(wrong(&field, "must name 1 to 1,000 customers"));
        }
        let parse = |(index, text): (usize, &str)| {
            parse_address(&format!("{field}[{index}]"), text)
                .map_err(|problem| wrong(&problem.field, &problem.message))
        };
        texts.into_iter().enumerate().map(parse).collect()
    }

    fn group(&self) -> Result<Option<NamedGroup>, InvalidEvent> {
        let fields = match self.present("group") {
            None => return Ok(None),
            Some(Value::Object(fields)) => fields,
            Some(_) => return Err(wrong(&self.path("group"), "must be an object with id or name")),
        };
        let prefix = self.path("group.");
        let group = Form { fields, prefix: &prefix };
        group.must_be_known(&OF_GROUP)?;
        match (group.text("id")?, group.text("name")?) {
            (Some(id), None) => {
                let expected =
                    "must be a Salesforce id of 15 or 18 characters that begins with 0F9";
                let id = salesforce::Id::parse(id.trim()).ok();
                let id = id.and_then(|id| GroupId::parse(id.as_str()).ok());
                let id = id.ok_or_else(|| wrong(&group.path("id"), expected))?;
                Ok(Some(NamedGroup::Id(id)))
            }
            (None, Some(name)) => {
                let name = clean_name(name)
                    .map_err(|error| wrong(&group.path("name"), &error.to_string()))?;
                if name.chars().count() > MAXIMUM_NAME {
                    return Err(wrong(&group.path("name"), "must have at most 40 characters"));
                }
                Ok(Some(NamedGroup::Name(name)))
            }
            (None, None) | (Some(_), Some(_)) => {
                Err(wrong(&self.path("group"), "must have exactly one of id and name"))
            }
        }
    }
}
