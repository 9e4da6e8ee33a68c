//! What rules say, as the policy has them.

use serde_json::{Value, json};

use super::{NotAllowed, Ownership};
use crate::{Email, Group, GroupId, OrgAlias, Policy, ProjectId, Role, Source};

#[test]
fn a_wrong_rule_is_named_by_its_place_and_never_becomes_no_rule() {
    let of = |rule: Value| json!({ "sources": { "corp.projects": rule } });
    let rule = |path: &str, expected: &str| {
        format!("POLICY field sources[\"corp.projects\"]{path} {expected}")
    };
    for (policy, expected) in [
        (json!({ "sources": [] }), "POLICY field sources must be an object with a rule for each source".to_owned()),
        (json!({ "sources": {} }), "POLICY field sources must have a rule for at least one source".to_owned()),
        (json!({ "sources": { "": {} } }), "POLICY field sources[\"\"] must be the source of events, the ARN of a principal, operator, or *; * stands for any characters".to_owned()),
        (json!({ "sources": { "lanyard": {} } }), "POLICY field sources[\"lanyard\"] must not be lanyard, which nobody else may be".to_owned()),
        (json!({ "sources": { "arn:aws:iam::*:role/portal": {} } }), "POLICY field sources[\"arn:aws:iam::*:role/portal\"] must name the account of the principal in full".to_owned()),
        (json!({ "sources": { "arn:*": {} } }), "POLICY field sources[\"arn:*\"] must name the account of the principal in full".to_owned()),
        (of(json!("any")), rule("", "must be an object with what the source may do")),
        (of(json!({ "org": ["main"] })), rule(".org", "is not known; check its spelling")),
        (of(json!({ "orgs": "main" })), rule(".orgs", "must be a list of aliases of orgs; * stands for any characters")),
        (of(json!({ "projects": [""] })), rule(".projects", "must be a list of ids of projects; * stands for any characters")),
        (of(json!({ "groups": [7] })), rule(".groups", "must be a list of names or ids of groups; * stands for any characters of a name")),
        (of(json!({ "roles": ["Manager"] })), rule(".roles", "must be a list of member and manager")),
        (of(json!({ "domains": { "deny": ["x"] } })), rule(".domains.deny", "must be a list of domains such as acme.example or *.acme.example; an international one in its xn-- form")),
        (of(json!({ "end": "all" })), rule(".end", "must be own or any")),
        (of(json!({ "consent": "no" })), rule(".consent", "must be true or false")),
        (of(json!({ "adopt": 0 })), rule(".adopt", "must be true or false")),
        (of(json!({ "links": null })), rule(".links", "must be true or false")),
        (of(json!({ "invitationsPerDay": -1 })), rule(".invitationsPerDay", "must be a whole number from 0")),
        (json!({ "domains": { "block": [] } }), "POLICY field domains.block is not known; check its spelling".to_owned()),
        (json!({ "sponsors": "@corp.example" }), "POLICY field sponsors must be a list of addresses such as kim@corp.example, or of domains such as @corp.example; * stands for any characters".to_owned()),
        (json!({ "maximumTotalDays": 0 }), "POLICY field maximumTotalDays must be a whole number from 1 to 36500".to_owned()),
        (json!({ "joinedElsewhere": "stay" }), "POLICY field joinedElsewhere must be tell or end".to_owned()),
    ] {
        let error = Policy::from_json(&policy.to_string()).expect_err("it is wrong");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn twenty_sources_fit_into_what_the_template_takes() {
    let rule = |number: usize| {
        let rule = json!({
            "orgs": [format!("unit{number:02}")], "projects": [format!("U{number:02}-*")],
            "roles": ["member"], "domains": [format!("partner{number:02}.example")], "end": "own", "invitationsPerDay": 50,
        });
        (format!("unit{number:02}.projects"), rule)
    };
    let sources: serde_json::Map<String, Value> = (0..20).map(rule).collect();
    let text =
        json!({ "sources": sources, "sponsors": ["@corp.example"], "maximumTotalDays": 730 })
            .to_string();
    assert!(text.len() <= 3_000, "{}", text.len());
    assert_eq!(Policy::from_json(&text).unwrap().sources.unwrap().count(), 20);
}

#[test]
fn without_sources_everybody_may_do_all_but_open_groups_and_send_links() {
    let (policy, source) = (Policy::default(), Source::of_event("corp.projects"));
    for source in [
        &source,
        &Source::Operator,
        &Source::Unknown,
        &Source::of_principal("arn:aws:iam::123456789012:user/kim"),
    ] {
        let authority = policy.authority(source).unwrap();
        assert!(authority.may_ask(&org("any"), &project("P-1"), [Role::Manager]).is_ok());
        assert!(authority.may_enter(&group("0F9000000000001AAA", "Board")).is_ok());
        assert!(authority.may_end(&org("any"), &project("P-1"), Ownership::Unrecorded).is_ok());
        assert!(authority.may_end_all(&org("any")).is_ok());
        assert!(authority.may_adopt().is_ok());
        assert!(!authority.may_link());
        let refused = authority.may_consent().unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.rule.as_str()),
            ("SOURCE_NOT_ALLOWED", "sources[…].consent")
        );
    }
}

#[test]
fn the_rule_that_says_most_exactly_who_is_meant_counts_alone() {
    let policy = policy(&json!({
        "*": { "orgs": ["rest"] },
        "operator": { "orgs": ["operator"] },
        "corp.*": { "orgs": ["corp"] },
        "corp.proj*": { "orgs": ["proj"] },
        "corp.projects": { "orgs": ["exact"] },
        "arn:aws:iam::123456789012:*": { "orgs": ["account"] },
        "arn:aws:iam::123456789012:role/portal-*": { "orgs": ["portal"] },
    }));
    let role = |name: &str| {
        Source::of_principal(&format!("arn:aws:sts::123456789012:assumed-role/{name}/session"))
    };
    for (source, expected) in [
        (Source::of_event("corp.projects"), "exact"),
        (Source::of_event("corp.project"), "proj"),
        (Source::of_event("corp.hr"), "corp"),
        (Source::of_event("other"), "rest"),
        (Source::of_event("operator"), "rest"),
        (Source::of_event("arn:aws:iam::123456789012:role/portal-a"), "rest"),
        (Source::Operator, "operator"),
        (role("portal-a"), "portal"),
        (role("worker"), "account"),
        (Source::of_principal("arn:aws:iam::999999999999:role/portal-a"), "rest"),
    ] {
        let authority = policy.authority(&source).unwrap();
        for org_alias in ["rest", "operator", "corp", "proj", "exact", "account", "portal"] {
            let may = authority.may_ask(&org(org_alias), &project("P-1"), []).is_ok();
            assert_eq!(may, org_alias == expected, "{source} {org_alias}");
        }
    }
    let error = policy.authority(&Source::Unknown).unwrap_err();
    assert_eq!(error.message, "the platform does not say who asks");
}

#[test]
fn a_source_without_a_rule_may_do_nothing_and_is_told_which_rule_is_missing() {
    let policy = policy(&json!({ "corp.projects": {} }));
    for (source, message) in [
        (Source::of_event("corp.hr"), "no rule in the policy's sources is for corp.hr"),
        (Source::Operator, "no rule in the policy's sources is for operator"),
        (
            Source::of_principal("arn:aws:sts::123456789012:assumed-role/portal/kim@corp.example"),
            "no rule in the policy's sources is for arn:aws:iam::123456789012:role/portal",
        ),
    ] {
        let refused = policy.authority(&source).unwrap_err();
        assert_eq!((refused.message.as_str(), refused.rule.as_str()), (message, "sources"));
    }
}

#[test]
fn each_field_of_a_rule_allows_what_it_names_and_nothing_else() {
    let policy = policy(&json!({ "corp.projects": {
        "orgs": ["main", "eu-*"], "projects": ["P-*"], "groups": ["Acme *", "0F9000000000007"], "roles": ["member"],
        "domains": { "allow": ["acme.example"], "deny": ["bad.acme.example"] }, "adopt": false, "links": true, "invitationsPerDay": 3,
    } }));
    let source = Source::of_event("corp.projects");
    let may = policy.authority(&source).unwrap();
    let refused = |it: Result<(), NotAllowed>| it.map_err(|it| (it.rule, it.fix));
    let rule = |field: &str, fix: &str| {
        Err((format!("sources[\"corp.projects\"].{field}"), fix.to_owned()))
    };
    let ask = |alias: &str, id: &str, roles: &[Role]| {
        refused(may.may_ask(&org(alias), &project(id), roles.iter().copied()))
    };
    assert_eq!(ask("main", "P-1", &[Role::Member]), Ok(()));
    assert_eq!(ask("eu-1", "P-1", &[]), Ok(()));
    assert_eq!(ask("us", "P-1", &[]), rule("orgs", "name one of these orgs: main, eu-*"));
    assert_eq!(ask("main", "p-1", &[]), rule("projects", "name one of these projects: P-*"));
    assert_eq!(
        ask("main", "P-1", &[Role::Member, Role::Manager]),
        rule("roles", "ask for one of these roles: member")
    );
    let enter = |id: &str, name: &str| refused(may.may_enter(&group(id, name)));
    let groups = || rule("groups", "name one of these groups: acme *, 0F9000000000007");
    assert_eq!(enter("0F9000000000001AAA", "ACME rollout"), Ok(()));
    assert_eq!(enter("0F9000000000007AAA", "Board"), Ok(()));
    assert_eq!(enter("0F9000000000001AAA", "Board"), groups());
    assert_eq!(enter("0F9000000000001AAA", "0F9000000000007"), groups(), "a name is no id");
    assert_eq!(may.may_ask_for_group(Some("acme x")), Ok(true));
    assert_eq!(
        may.may_ask_for_group(Some("Board")),
        Ok(false),
        "its id may be the one that is named"
    );
    assert_eq!(may.may_ask_for_group(None), Ok(false));
    assert_eq!(refused(may.may_make_group("Board")), groups());
    assert_eq!(refused(may.may_make_group("Acme x")), Ok(()));
    let admits = |address: &str| may.admits(&Email::parse(address).unwrap());
    assert_eq!(admits("ana@acme.example"), Ok(()));
    assert_eq!(
        admits("ana@bad.acme.example"),
        Err("sources[\"corp.projects\"].domains".to_owned())
    );
    assert_eq!(may.may_adopt().unwrap_err().rule, "sources[\"corp.projects\"].adopt");
    assert_eq!((may.may_link(), may.invitations_per_day()), (true, Some(3)));
}

#[test]
fn what_may_be_ended_is_ones_own_unless_the_rule_says_any() {
    let policy = policy(
        &json!({ "vendor": { "projects": ["V-*"] }, "corp": { "end": "any" }, "closer": { "groups": [] } }),
    );
    let (vendor, corp) = (Source::of_event("vendor"), Source::of_event("corp"));
    let end = |source: &Source, id: &str, ownership| {
        policy
            .authority(source)
            .unwrap()
            .may_end(&org("main"), &project(id), ownership)
            .map_err(|it| it.rule)
    };
    for (source, id, ownership, expected) in [
        (&vendor, "V-1", Ownership::New, Ok(())),
        (&vendor, "V-1", Ownership::Of(&vendor), Ok(())),
        (&vendor, "V-1", Ownership::Of(&corp), Err("sources[\"vendor\"].end".to_owned())),
        (&vendor, "V-1", Ownership::Unrecorded, Err("sources[\"vendor\"].end".to_owned())),
        (&vendor, "P-1", Ownership::New, Err("sources[\"vendor\"].projects".to_owned())),
        (&corp, "V-1", Ownership::Of(&vendor), Ok(())),
        (&corp, "V-1", Ownership::Unrecorded, Ok(())),
    ] {
        assert_eq!(end(source, id, ownership), expected, "{source} {id} {ownership:?}");
    }
    let all = |source: &Source| {
        policy.authority(source).unwrap().may_end_all(&org("main")).map_err(|it| it.rule)
    };
    assert_eq!(all(&vendor), Err("sources[\"vendor\"].projects".to_owned()));
    assert_eq!(all(&corp), Ok(()));
    let closer = Source::of_event("closer");
    assert_eq!(all(&closer), Err("sources[\"closer\"].end".to_owned()));
    let may = policy.authority(&closer).unwrap();
    for name in [Some("Acme"), None] {
        assert!(may.may_ask_for_group(name).is_err(), "an empty list allows nothing");
    }
}

#[test]
fn a_role_is_named_without_its_path_and_a_session_by_its_role() {
    let told = Source::of_principal("arn:aws:sts::123456789012:assumed-role/portal/whoever");
    for (key, is_meant) in [
        ("arn:aws:iam::123456789012:role/portal", true),
        ("arn:aws:iam::123456789012:role/team/portal", true),
        ("arn:aws:iam::123456789012:role/port*", true),
        ("arn:aws:sts::123456789012:assumed-role/portal/*", true),
        ("arn:aws:sts::123456789012:assumed-role/portal", true),
        ("arn:aws:sts::123456789012:assumed-role/other/*", false),
        ("arn:aws:iam::123456789012:user/portal", false),
    ] {
        let policy = policy(&json!({ key: {} }));
        assert_eq!(policy.authority(&told).is_ok(), is_meant, "{key}");
    }
    for key in [
        "arn:aws:sts::123456789012:assumed-role/portal/session",
        "arn:aws:iam::123456789012:role/team/*",
        "arn:*:iam::123456789012:role/portal",
        "arn:aws:iam::123456789012",
    ] {
        let policy = json!({ "sources": { key: {} } }).to_string();
        assert!(Policy::from_json(&policy).is_err(), "{key}");
    }
}

#[test]
fn a_log_names_the_rule_and_no_person() {
    let arn = "arn:aws:iam::123456789012:user/kim@corp.example";
    let policy = policy(&json!({ arn: { "orgs": [] }, "corp": { "orgs": [] } }));
    for (source, expected) in [
        (Source::of_principal(arn), "sources[…].orgs"),
        (Source::of_event("corp"), "sources[\"corp\"].orgs"),
    ] {
        let refused = policy.authority(&source).unwrap().may_ask(&org("main"), &project("P"), []);
        assert_eq!(refused.unwrap_err().loggable_rule(), expected);
    }
}

#[test]
fn a_long_list_is_told_by_its_beginning() {
    let projects: Vec<String> = (0..15).map(|it| format!("P{it}")).collect();
    let policy = policy(&json!({ "corp": { "projects": projects } }));
    let source = Source::of_event("corp");
    let refused =
        policy.authority(&source).unwrap().may_ask(&org("main"), &project("X"), []).unwrap_err();
    assert_eq!(
        refused.fix,
        "name one of these projects: P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, 5 more"
    );
}

fn policy(sources: &Value) -> Policy {
    Policy::from_json(&json!({ "sources": sources }).to_string()).unwrap()
}

fn org(alias: &str) -> OrgAlias {
    OrgAlias::parse(alias).unwrap()
}

fn project(id: &str) -> ProjectId {
    ProjectId::parse(id).unwrap()
}

fn group(id: &str, name: &str) -> Group {
    Group { id: GroupId::parse(id).unwrap(), name: name.to_owned() }
}
