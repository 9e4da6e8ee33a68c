//! The text that is printed at the start and answered at `/`.

/// Ready-made command lines, each of which works as it stands, in this order.
const GUIDE: &str = r#"Lanyard is up on this machine: the functions at DOOR, a simulated Salesforce org at ORG.
Time goes on as on your clock. End it with Ctrl-C; nothing is kept.

Look whether the org is fit for customers:
  curl DOOR/doctor

Invite three customers, one of whom has an account already:
  curl -i DOOR/invitations -d '{"project":{"id":"P-1"},"group":{"name":"Acme rollout"},"customers":[{"email":"ana@acme.example","role":"manager"},{"email":"bo@acme.example"},{"email":"cy@acme.example"}],"sponsor":"kim@corp.example","days":30}'
  curl DOOR/mails

Accept, as the customers do:
  curl ORG/simulator/accept -d '{"group":"Acme rollout","email":"ana@acme.example"}'
  curl ORG/simulator/accept -d '{"group":"Acme rollout","email":"bo@acme.example"}'

Sweep, as every night: who has joined is found, and Ana becomes manager:
  curl -X POST DOOR/sweep
  curl ORG/simulator/members

Look into the ledger: all that will ever be due, a project, a customer, the history of a grant:
  curl DOOR/grants
  curl 'DOOR/grants?project=P-1'
  curl 'DOOR/grants?customer=ana@acme.example'
  curl 'DOOR/grants?grant=GRANT'

Ask by an event, through the queue:
  curl DOOR/events -d '{"detail-type":"Customer Access Requested","detail":{"project":{"id":"P-2"},"group":{"name":"Globex audit"},"customers":"dee@globex.example","sponsor":"kim@corp.example","days":10}}'

Close a project: who has no other access is removed and deactivated, and that is read back:
  curl DOOR/events -d '{"detail-type":"Project Closed","detail":{"projectId":"P-1","reason":"delivered"}}'
  curl ORG/simulator/users

Let eleven days pass, see who would lose what, and carry it out:
  curl DOOR/time -d '{"days":11}'
  curl DOOR/sweep -d '{"dryRun":true}'
  curl -X POST DOOR/sweep

See what Lanyard has announced, and what else an admin can do to the org:
  curl DOOR/events
  curl ORG/simulator

This text again: curl DOOR"#;

/// The text with the addresses in it.
pub(crate) fn text(door: &str, org: &str) -> String {
    // The id of the first grant: ids are counted here, so that lines can be ready-made.
    GUIDE.replace("DOOR", door).replace("ORG", org).replace("GRANT", &format!("{:032x}", 1))
}
