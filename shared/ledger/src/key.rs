//! Keys: how things are named in the table, and what their names can be read back as.
//!
//! Every partition key is `<kind>#<rest>`. An org alias has no `#`, so `<org>#<rest>` can be taken apart in one way
//! only, whatever a project id or an address contains; the last part is never taken apart further.

use access::{Email, GrantId, OrgAlias, ProjectId, Source, Subject, UserId};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ring::digest::{SHA256, digest};

/// How many partitions of the index each kind of due thing is spread over.
///
/// One partition takes 1,000 writes a second; eight leave room for a whole project that is closed at once.
pub(crate) const SHARDS: u8 = 8;

/// Where an item is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) partition: String,
    pub(crate) sort: String,
}

/// Kinds of things that are found by an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DueKind {
    Customer,
    Project,
    Announcement,
    /// An entry of evidence, which is never due, by the month in which it was made.
    Entry(Month),
}

/// A month of UTC, such as `2027-01`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Month(String);

impl Month {
    /// The month of an instant; anything before 1970 is of January 1970, as [`crate::position::position`] has it.
    pub(crate) fn of(at: Timestamp) -> Self {
        Self(at.max(Timestamp::UNIX_EPOCH).strftime("%Y-%m").to_string())
    }

    /// The first instant of the month after; `None` at the end of time.
    pub(crate) fn next(at: Timestamp) -> Option<Timestamp> {
        let at = at.max(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC);
        let next = at.first_of_month().ok()?.start_of_day().ok()?.checked_add(1.month()).ok()?;
        Some(next.timestamp())
    }
}

impl DueKind {
    /// The index partition of one shard.
    pub(crate) fn partition(&self, shard: u8) -> String {
        match self {
            Self::Customer => format!("customer#{shard}"),
            Self::Project => format!("project#{shard}"),
            Self::Announcement => format!("announcement#{shard}"),
            Self::Entry(Month(month)) => format!("entry#{month}#{shard}"),
        }
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
        format!("{GRANT}{grant}")
    }

    /// Leads from an address to what stands for the person in evidence.
    pub(crate) fn person(org: &OrgAlias, email: &Email) -> Self {
        Self::new(format!("person#{org}#{email}"), "person")
    }

    /// Leads from a Salesforce user to the address that was last known to be theirs, whose customer knows of the others.
    pub(crate) fn user(org: &OrgAlias, user: &UserId) -> Self {
        Self::new(format!("{USER}{org}#{user}"), "user")
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

    /// What a source was counted for. The source is told with its kind, so that no two share a count.
    pub(crate) fn quota(source: &Source) -> Self {
        Self::new(format!("quota#{}", String::from(source.clone())), "quota")
    }

    pub(crate) fn hold_part(digest: &str, part: usize) -> Self {
        Self::new(Self::hold(digest), &format!("part#{part:04}"))
    }

    /// The partition of a hold's parts.
    pub(crate) fn hold(digest: &str) -> String {
        format!("hold#{digest}")
    }

    /// The shard of the key, of which there is one in its partition, and its part of the index's sort value.
    ///
    /// Both come from one hash, so that no two partitions of different shards can have the same sort value. SHA-256 is the
    /// same on every machine and in every release, which `std`'s hashers do not promise.
    pub(crate) fn scatter(&self) -> (u8, String) {
        let hash = digest(&SHA256, self.partition.as_bytes());
        let number = hash.as_ref().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let [first, ..] = number.to_be_bytes();
        (first % SHARDS, format!("{number:016x}"))
    }

    /// As [`Key::scatter`], for a key of which there are several in a partition: those of one instant follow each other in order.
    pub(crate) fn scatter_one_of_several(&self) -> (u8, String) {
        let (shard, hash) = self.scatter();
        (shard, format!("{hash}-{}", self.sort))
    }

    fn new(partition: String, sort: &str) -> Self {
        Self { partition, sort: sort.to_owned() }
    }
}

/// What the partition keys of users begin with.
pub(crate) const USER: &str = "user#";

/// What the partition keys of histories begin with.
pub(crate) const GRANT: &str = "grant#";

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

/// Reads the org of a user's partition key back.
pub(crate) fn parse_org_of_user(partition: &str) -> Option<OrgAlias> {
    let (org, _) = partition.strip_prefix(USER)?.split_once('#')?;
    OrgAlias::parse(org).ok()
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
