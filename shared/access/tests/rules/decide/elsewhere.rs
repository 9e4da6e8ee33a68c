//! Who joined under an address that may not be let in.

use access::{Brake, Grant, Joined, Observed, Policy, Source, decide};
use serde_json::{Value, json};

use crate::world::*;

#[test]
fn whoever_joined_under_an_address_that_may_not_be_let_in_is_ended_where_the_policy_says_so() {
    let of = |more: Value| {
        let mut policy = json!({ "joinedElsewhere": "end" });
        policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        policy
    };
    let by = |joined_as: Option<&str>| {
        let joined = Some(Joined { at: days(-9), joined_as: joined_as.map(email) });
        Grant { joined, source: Some(Source::of_event("corp.projects")), ..grant(1, active(-9)) }
    };
    let invited =
        || Grant { source: Some(Source::of_event("corp.projects")), ..grant(1, invited(-1)) };
    let under_home = || seen().user(1).with_email(1, "ana@home.example").accepted_as('a', 1);
    let at_home = || under_home().member(1, 'a');
    let end = "g1 end (joinedElsewhere): removeMember, deactivate";
    let keep = "g1 keep (live)";
    let acme = || json!({ "domains": ["acme.example"] });
    let rule = |rule: Value| json!({ "sources": { "corp.projects": rule } });
    for (case, policy, grant, observed, expected) in [
        ("no rule of domains", of(json!({})), by(Some("ana@home.example")), at_home(), keep),
        ("another domain", of(acme()), by(Some("ana@home.example")), at_home(), end),
        ("the same domain", of(acme()), by(Some("ana.b@acme.example")), at_home(), keep),
        (
            "a denied domain",
            of(json!({ "domains": { "deny": ["home.example"] } })),
            by(Some("ana@home.example")),
            at_home(),
            end,
        ),
        (
            "under the address that was invited",
            of(acme()),
            by(None),
            seen().user(1).member(1, 'a'),
            keep,
        ),
        (
            "by the rule of who asked",
            of(rule(acme())),
            by(Some("ana@home.example")),
            at_home(),
            end,
        ),
        (
            "by the rule of another source",
            of(json!({ "sources": { "vendor": acme() } })),
            by(Some("ana@home.example")),
            at_home(),
            keep,
        ),
        ("not told yet", of(acme()), invited(), at_home(), "g1 join (live)"),
        ("nobody joined", of(acme()), invited(), seen().invited('a'), keep),
        ("it is only told", acme(), by(Some("ana@home.example")), at_home(), keep),
    ] {
        assert_eq!(planned(&policy, grant, observed), expected, "{case}");
    }
}

#[test]
fn who_joined_elsewhere_is_told_first_and_due_at_once() {
    let policy =
        Policy::from_json(r#"{"joinedElsewhere":"end","domains":["acme.example"]}"#).unwrap();
    let at_home =
        seen().user(1).with_email(1, "ana@home.example").accepted_as('a', 1).member(1, 'a');
    let ran = run(&looked([grant(1, invited(-1))], at_home), now());
    let told = ran.settled.expect("it is told");
    assert_eq!(told.announcements[0].detail["joinedAs"], "ana@home.example");
    assert_eq!(told.customer.due_at(&policy), Some(now()));
    assert_eq!(told.customer.due_at(&Policy::default()), Some(days(1)), "the next notice");
}

fn planned(policy: &Value, grant: Grant, observed: Observed) -> String {
    let policy = Policy::from_json(&policy.to_string()).expect("a policy");
    let looked = looked([grant], observed);
    let plan = decide(&policy, std::slice::from_ref(&looked), &closed(&[]), Brake::Armed, now());
    printed(&plan).trim().to_owned()
}
