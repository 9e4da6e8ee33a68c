//! Keys: how things are named in the table, and what their names can be read back as.
//!
//! Every partition key is `<kind>#<rest>`. An org alias has no `#`, so `<org>#<rest>` can be taken apart in one way
//! only, whatever a project id or an address contains; the last part is never taken apart further.

use access::{Email, GrantId, OrgAlias, ProjectId, Subject};
use ring::digest::{SHA256, digest};

/// How many partitions of the index each kind of due thing is spread over.
///
/// One partition takes 1,000 writes a second; eight leave room for a whole project that is closed at once.
pub(crate) const SHARDS: u8 = 8;

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) partition: String,
    pub(crate) sort: String,
}

/// Kinds of things that can be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DueKind {
    Customer,
    Project,
    Announcement,
}

impl DueKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Project => "project",
            Self::Announcement => "announcement",
        }
    }

    /// The index partition of one shard.
    pub(crate) fn partition(self, shard: u8) -> String {
        format!("{}#{shard}", self.as_str())
    }
}

impl Key {
    pub(crate) fn customer(org: &OrgAlias, email: &Email) -> Self {
        Self::new(format!("customer#{org}#{email}"), CUSTOMER)
    }

    pub(crate) fn project(org: &OrgAlias, id: &ProjectId) -> Self {
        Self::new(format!("project#{org}#{id}"), "project")
    }

    /// Says that the project has, or had, a grant for the customer.
    pub(crate) fn project_pointer(org: &OrgAlias, id: &ProjectId, email: &Email) -> Self {
        Self::new(format!("project#{org}#{id}"), &format!("{POINTER}{email}"))
    }

    /// Ten digits keep the entries of a grant in order; a grant sees a handful of transitions a year.
    pub(crate) fn audit(grant: &GrantId, version: u64) -> Self {
        Self::new(Self::history(grant), &format!("{version:010}"))
    }

    /// The partition of a grant's audit entries.
    pub(crate) fn history(grant: &GrantId) -> String {
        format!("grant#{grant}")
    }

    /// Leads from an address to what stands for the person in evidence.
    pub(crate) fn person(org: &OrgAlias, email: &Email) -> Self {
        Self::new(format!("person#{org}#{email}"), "person")
    }

    /// The partition of the grants of a subject.
    pub(crate) fn subject(subject: &Subject) -> String {
        format!("subject#{subject}")
    }

    /// Says that the subject has, or had, the grant.
    pub(crate) fn subject_grant(subject: &Subject, grant: &GrantId) -> Self {
        Self::new(Self::subject(subject), &format!("{GRANT_POINTER}{grant}"))
    }

    /// Says that the project has, or had, the grant.
    pub(crate) fn project_grant(org: &OrgAlias, id: &ProjectId, grant: &GrantId) -> Self {
        Self::new(Self::project(org, id).partition, &format!("{GRANT_POINTER}{grant}"))
    }

    pub(crate) fn announcement(id: &str) -> Self {
        Self::new(format!("announcement#{id}"), "announcement")
    }

    pub(crate) fn run(id: &str) -> Self {
        Self::new(format!("run#{id}"), "run")
    }

    /// The partition of all orgs, of which there are few.
    pub(crate) const ORGS: &str = "orgs";

    pub(crate) fn org(alias: &OrgAlias) -> Self {
        Self::new(Self::ORGS.to_owned(), alias.as_str())
    }

    /// What was told of somebody in an org for whom no grant answers.
    pub(crate) fn found(org: &OrgAlias, who: &str) -> Self {
        Self::new(Self::found_in(org), who)
    }

    /// The partition of all that was told so of one org.
    pub(crate) fn found_in(org: &OrgAlias) -> String {
        format!("ungoverned#{org}")
    }

    pub(crate) fn hold_part(digest: &str, part: usize) -> Self {
        Self::new(Self::hold(digest), &format!("part#{part:04}"))
    }

    /// The partition of a hold's parts.
    pub(crate) fn hold(digest: &str) -> String {
        format!("hold#{digest}")
    }

    /// The shard of the key and its part of the index's sort value.
    ///
    /// Both come from one hash, so that no two keys of different shards can have the same sort value. SHA-256 is the
    /// same on every machine and in every release, which `std`'s hashers do not promise.
    pub(crate) fn scatter(&self) -> (u8, String) {
        let hash = digest(&SHA256, self.partition.as_bytes());
        let number = hash.as_ref().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let [first, ..] = number.to_be_bytes();
        (first % SHARDS, format!("{number:016x}"))
    }

    fn new(partition: String, sort: &str) -> Self {
        Self { partition, sort: sort.to_owned() }
    }
}

/// The sort key of customers.
pub(crate) const CUSTOMER: &str = "customer";

/// What the sort keys of project pointers begin with.
pub(crate) const POINTER: &str = "customer#";

/// What the sort keys of pointers to grants begin with.
pub(crate) const GRANT_POINTER: &str = "grant#";

/// Reads the sort key of a pointer to a grant back.
pub(crate) fn parse_grant_pointer(sort: &str) -> Option<GrantId> {
    GrantId::parse(sort.strip_prefix(GRANT_POINTER)?).ok()
}

/// Reads a customer's partition key back.
pub(crate) fn parse_customer(partition: &str) -> Option<(OrgAlias, Email)> {
    let (org, email) = partition.strip_prefix("customer#")?.split_once('#')?;
    Some((OrgAlias::parse(org).ok()?, Email::parse(email).ok()?))
}

/// Reads a project's partition key back.
pub(crate) fn parse_project(partition: &str) -> Option<(OrgAlias, ProjectId)> {
    let (org, id) = partition.strip_prefix("project#")?.split_once('#')?;
    Some((OrgAlias::parse(org).ok()?, ProjectId::parse(id).ok()?))
}

/// Reads an announcement's partition key back.
pub(crate) fn parse_announcement(partition: &str) -> Option<&str> {
    partition.strip_prefix("announcement#")
}

/// Reads a project pointer's sort key back.
pub(crate) fn parse_pointer(sort: &str) -> Option<Email> {
    Email::parse(sort.strip_prefix(POINTER)?).ok()
}

#[cfg(test)]
mod tests {
    use access::{Email, OrgAlias, ProjectId};
    use proptest::prelude::*;

    use super::{Key, SHARDS, parse_customer, parse_pointer, parse_project};

    proptest! {
        #[test]
        fn a_key_reads_back_as_what_it_names_whatever_a_project_is_called(
            org in "[a-z0-9][a-z0-9-]{0,9}",
            id in "[^\\p{Cc}]{1,40}|[#a-z]{1,20}",
            local in "[a-z#]{1,12}",
        ) {
            let org = OrgAlias::parse(&org).unwrap();
            let email = Email::parse(&format!("{local}@acme.example")).unwrap();
            let customer = Key::customer(&org, &email);
            prop_assert_eq!(parse_customer(&customer.partition), Some((org.clone(), email.clone())));
            if let Ok(id) = ProjectId::parse(&id) {
                let project = Key::project(&org, &id);
                let pointer = Key::project_pointer(&org, &id, &email);
                prop_assert_eq!(parse_project(&project.partition), Some((org, id)));
                prop_assert_eq!(&pointer.partition, &project.partition);
                prop_assert_eq!(parse_pointer(&pointer.sort), Some(email));
                prop_assert_eq!(parse_pointer(&project.sort), None);
            }
        }
    }

    #[test]
    fn the_shard_of_a_key_is_the_same_for_ever_and_all_shards_are_used() {
        let org = OrgAlias::default();
        let key = |number: u32| {
            Key::customer(&org, &Email::parse(&format!("c{number}@acme.example")).unwrap())
        };
        // printf 'customer#main#c1@acme.example' | sha256sum
        assert_eq!(key(1).scatter(), (0x17 % SHARDS, "17024b589ed0593b".to_owned()));
        let mut counts = [0; SHARDS as usize];
        for number in 0..800 {
            counts[usize::from(key(number).scatter().0)] += 1;
        }
        assert!(counts.iter().all(|count| (60..140).contains(count)), "{counts:?}");
    }
}
