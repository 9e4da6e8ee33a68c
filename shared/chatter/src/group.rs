//! Groups that Lanyard creates.

/// The title of the information that members of a created group see; `InformationTitle` holds 30 characters.
pub(crate) const CREATED_GROUP_TITLE: &str = "This group has customers";

/// The information itself.
///
/// What a post refers to stays invisible to customers: a linked record, a mentioned non-member.
pub(crate) const CREATED_GROUP_INFORMATION: &str = "People from outside the company are members of this group, \
    for the length of a project. They read every post, comment and file in it. They do not see records that a post \
    links to, and nobody who is not a member is told when a post mentions them.";
