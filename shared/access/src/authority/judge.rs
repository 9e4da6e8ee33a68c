//! Whether a source may do what it asks for.

use super::pattern::Pattern;
use super::refused::{NotAllowed, Rule, listed};
use super::rule::{End, GroupPattern, SourceRule, UNNAMED};
use crate::words::{Email, Group, OrgAlias, ProjectId, Role, Source};

/// Whose a project is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership<'a> {
    /// Nobody's: it was never named before.
    New,
    /// Somebody's, of whom nothing is recorded: it was named before owners were.
    Unrecorded,
    /// The source's that named it first.
    Of(&'a Source),
}

/// What one source may do.
#[derive(Clone, Debug)]
pub struct Authority<'a> {
    pub(super) source: &'a Source,
    pub(super) name: Rule,
    pub(super) rule: &'a SourceRule,
}

impl<'a> Authority<'a> {
    /// What every trusted source may do where the policy names none.
    pub(crate) fn unnamed(source: &'a Source) -> Self {
        Self { source, name: Rule::of(None), rule: &UNNAMED }
    }

    /// Who it is of.
    #[must_use]
    pub fn source(&self) -> &Source {
        self.source
    }

    /// Whether messages may contain addresses of web pages.
    #[must_use]
    pub fn may_link(&self) -> bool {
        self.rule.links
    }

    /// How many customers may be let in on one day.
    #[must_use]
    pub fn invitations_per_day(&self) -> Option<u32> {
        self.rule.invitations_per_day
    }

    /// Whether somebody may be let in, or under which rule not.
    pub(crate) fn admits(&self, email: &Email) -> Result<(), String> {
        if self.rule.domains.admits(email) { Ok(()) } else { Err(self.name.field("domains")) }
    }

    /// Whether access that was given by hand may be taken over.
    pub(crate) fn may_adopt(&self) -> Result<(), NotAllowed> {
        if self.rule.adopt {
            return Ok(());
        }
        let message = format!("{} may not take over access that was given by hand", self.source);
        let fix = "leave the customer to whoever let them in, or have adopt: true put into the source's rule";
        Err(self.name.refuses("adopt", message, fix.to_owned()))
    }

    /// Whether the expiry of what this source asked for first may be moved nearer, which ends access for others who count on it.
    pub(crate) fn may_shorten(&self, first: Option<&Source>) -> Result<(), NotAllowed> {
        if self.rule.end == End::Any || first == Some(self.source) {
            return Ok(());
        }
        let message =
            format!("{} may not shorten what it was not the first to ask for", self.source);
        let fix =
            "ask for an expiry that is not earlier, or have end: any put into the source's rule";
        Err(self.name.refuses("end", message, fix.to_owned()))
    }

    /// Whether it may ask for anything in an org and for a project, in these roles.
    ///
    /// # Errors
    /// [`NotAllowed`] names the rule.
    pub fn may_ask(
        &self,
        org: &OrgAlias,
        project: &ProjectId,
        roles: impl IntoIterator<Item = Role>,
    ) -> Result<(), NotAllowed> {
        self.may_name(org, project)?;
        roles.into_iter().try_for_each(|role| self.may_give(role))
    }

    /// Whether it may let anybody in in this role.
    ///
    /// # Errors
    /// [`NotAllowed`] names the rule.
    pub fn may_give(&self, role: Role) -> Result<(), NotAllowed> {
        let Some(allowed) = &self.rule.roles else { return Ok(()) };
        if allowed.contains(&role) {
            return Ok(());
        }
        let message = format!("{} may not make anybody a {}", self.source, role.as_str());
        let roles = listed(allowed.iter().map(|it| it.as_str()));
        Err(self.name.refuses("roles", message, format!("ask for one of these roles: {roles}")))
    }

    /// Whether it may let people into a group, as far as what the request names it by can tell: `Ok(false)` where the group has to be
    /// seen first.
    ///
    /// # Errors
    /// [`NotAllowed`] names the rule.
    pub fn may_ask_for_group(&self, name: Option<&str>) -> Result<bool, NotAllowed> {
        let Some(allowed) = &self.rule.groups else { return Ok(true) };
        let has_id = allowed.iter().any(|it| matches!(it, GroupPattern::Id(_)));
        match name {
            Some(name) if allowed.iter().any(|it| it.matches_name(name)) => Ok(true),
            Some(_) if !has_id => Err(self.refused_group(allowed)),
            None if allowed.is_empty() => Err(self.refused_group(allowed)),
            Some(_) | None => Ok(false),
        }
    }

    /// Whether it may let people into a group of this name that is about to be made.
    ///
    /// # Errors
    /// [`NotAllowed`] names the rule.
    pub fn may_make_group(&self, name: &str) -> Result<(), NotAllowed> {
        let Some(allowed) = &self.rule.groups else { return Ok(()) };
        let is_allowed = allowed.iter().any(|it| it.matches_name(name));
        if is_allowed { Ok(()) } else { Err(self.refused_group(allowed)) }
    }

    /// Whether it may let people into a group.
    ///
    /// # Errors
    /// [`NotAllowed`] names the rule.
    pub fn may_enter(&self, group: &Group) -> Result<(), NotAllowed> {
        let Some(allowed) = &self.rule.groups else { return Ok(()) };
        let is_allowed = allowed.iter().any(|it| it.matches(group));
        if is_allowed { Ok(()) } else { Err(self.refused_group(allowed)) }
    }

    /// Whether it may turn *Allow Customers* on.
    ///
    /// # Errors
    /// [`NotAllowed`] names the rule.
    pub fn may_consent(&self) -> Result<(), NotAllowed> {
        if self.rule.consent {
            return Ok(());
        }
        let message =
            format!("{} may not open a group to customers, which cannot be undone", self.source);
        let fix = "have its owner turn Allow Customers on in Salesforce, name a group that has it on, or have consent put into the source's rule";
        Err(self.name.refuses("consent", message, fix.to_owned()))
    }

    /// Whether it may end access in an org by people's names, whatever project it is for.
    ///
    /// # Errors
    /// [`NotAllowed`] names the rule.
    pub fn may_end_all(&self, org: &OrgAlias) -> Result<(), NotAllowed> {
        self.may_name_org(org)?;
        if let Some(allowed) = &self.rule.projects {
            let message = format!("{} may not withdraw access whatever it is for", self.source);
            let projects = listed(allowed.iter().map(Pattern::as_str));
            let fix = format!("name a projectId that is one of these: {projects}");
            return Err(self.name.refuses("projects", message, fix));
        }
        match self.rule.end {
            End::Any => Ok(()),
            End::Own => {
                let message = format!("{} may end access for its own projects only", self.source);
                let fix = "name a projectId that the source was the first to name";
                Err(self.name.refuses("end", message, fix.to_owned()))
            }
        }
    }

    /// Whether it may close or reopen a project, or withdraw access for it.
    ///
    /// # Errors
    /// [`NotAllowed`] names the rule.
    pub fn may_end(
        &self,
        org: &OrgAlias,
        project: &ProjectId,
        ownership: Ownership<'_>,
    ) -> Result<(), NotAllowed> {
        self.may_name(org, project)?;
        let owner = match ownership {
            _ if self.rule.end == End::Any => return Ok(()),
            Ownership::New => return Ok(()),
            Ownership::Of(owner) if owner == self.source => return Ok(()),
            Ownership::Of(_) => "it belongs to another source",
            Ownership::Unrecorded => "nobody recorded whose it is",
        };
        let message = format!("{} may end its own projects only, and {owner}", self.source);
        let fix = "send it from the source that named the project first, or have end: any put into the source's rule";
        Err(self.name.refuses("end", message, fix.to_owned()))
    }

    /// Whether [`Self::may_end`] depends on whose the project is.
    #[must_use]
    pub fn ends_own_only(&self) -> bool {
        self.rule.end == End::Own
    }

    fn may_name(&self, org: &OrgAlias, project: &ProjectId) -> Result<(), NotAllowed> {
        self.may_name_org(org)?;
        let Some(allowed) = &self.rule.projects else { return Ok(()) };
        if allowed.iter().any(|it| it.matches(project.as_str())) {
            return Ok(());
        }
        let message = format!("{} may not name this project", self.source);
        let projects = listed(allowed.iter().map(Pattern::as_str));
        Err(self.name.refuses(
            "projects",
            message,
            format!("name one of these projects: {projects}"),
        ))
    }

    fn may_name_org(&self, org: &OrgAlias) -> Result<(), NotAllowed> {
        let Some(allowed) = &self.rule.orgs else { return Ok(()) };
        if allowed.iter().any(|it| it.matches(org.as_str())) {
            return Ok(());
        }
        let message = format!("{} may do nothing in the org {org}", self.source);
        let orgs = listed(allowed.iter().map(Pattern::as_str));
        Err(self.name.refuses("orgs", message, format!("name one of these orgs: {orgs}")))
    }

    fn refused_group(&self, allowed: &[GroupPattern]) -> NotAllowed {
        let message = format!("{} may not let anybody into this group", self.source);
        let groups = listed(allowed.iter().map(GroupPattern::as_str));
        self.name.refuses("groups", message, format!("name one of these groups: {groups}"))
    }
}
