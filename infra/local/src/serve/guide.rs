//! The text that is printed at the start and answered at `/`.

use std::io::{self, Write};

use crate::paper::{Paper, Tone};

/// Ready-made command lines, each of which works as it stands, in this order.
const GUIDE: &str = r#"Lanyard is up on this machine: the functions at DOOR,
a simulated Salesforce org at ORG.
Time goes on as on your clock. End it with Ctrl-C; nothing is kept.

Look whether the org is fit for customers:
  curl DOOR/doctor

Invite three customers, one of whom has an account already:
  curl -i DOOR/invitations --json '{"project":{"id":"P-1"},"group":{"name":"Acme rollout"},"customers":[{"email":"ana@acme.example","role":"manager"},{"email":"bo@acme.example"},{"email":"cy@acme.example"}],"sponsor":"kim@corp.example","days":30}'
  curl DOOR/mails

Accept, as the customers do:
  curl ORG/simulator/accept --json '{"group":"Acme rollout","email":"ana@acme.example"}'
  curl ORG/simulator/accept --json '{"group":"Acme rollout","email":"bo@acme.example"}'

Sweep, as every night: who has joined is found, and Ana becomes manager:
  curl DOOR/sweep --json '{}'
  curl ORG/simulator/members

Look into the ledger: all that will ever be due, a project, a customer, a grant:
  curl DOOR/grants
  curl 'DOOR/grants?project=P-1'
  curl 'DOOR/grants?customer=ana@acme.example'
  curl 'DOOR/grants?grant=GRANT'

Ask by an event, through the queue:
  curl DOOR/events --json '{"detail-type":"Customer Access Requested","detail":{"project":{"id":"P-2"},"group":{"name":"Globex audit"},"customers":"dee@globex.example","sponsor":"kim@corp.example","days":10}}'

Close a project: who has no other access is removed, deactivated, and read back:
  curl DOOR/events --json '{"detail-type":"Project Closed","detail":{"projectId":"P-1","reason":"delivered"}}'
  curl ORG/simulator/users

Let eleven days pass, see who would lose what, and carry it out:
  curl DOOR/time --json '{"days":11}'
  curl DOOR/sweep --json '{"dryRun":true}'
  curl DOOR/sweep --json '{}'

See what Lanyard has announced, and what else an admin can do to the org:
  curl DOOR/events
  curl ORG/simulator

This text again: curl DOOR"#;

/// The text with the addresses in it.
pub(crate) fn text(door: &str, org: &str) -> String {
    // The id of the first grant: ids are counted here, so that lines can be ready-made. The first of all is that of a lease.
    GUIDE.replace("DOOR", door).replace("ORG", org).replace("GRANT", &format!("{:032x}", 2))
}

/// Prints the text. What a line is for stands out; the lines themselves are as long as they are, to be copied whole.
///
/// # Errors
/// Where it cannot be printed.
pub(crate) fn print(text: &str, out: &mut dyn Write, paper: Paper) -> io::Result<()> {
    let tone = |line: &str| if line.ends_with(':') { Tone::Strong } else { Tone::Plain };
    let set = |line| paper.set(tone(line), line);
    let lines: Vec<String> = text.lines().map(set).collect();
    // At once, so that whoever reads only the beginning has the world for all that.
    writeln!(out, "{}", lines.join("\n"))?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use crate::paper::Paper;

    fn printed(text: &str, has_emphasis: bool) -> String {
        let mut out = Vec::new();
        super::print(text, &mut out, Paper { has_emphasis, ..Paper::PLAIN }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sentences_fit_the_narrowest_page_and_only_they_stand_out() {
        let text = super::text("http://127.0.0.1:65534", "http://127.0.0.1:65535");
        let mut sentences = text.lines().filter(|line| !line.starts_with("  curl "));
        assert!(sentences.all(|line| line.chars().count() <= 80), "{text}");
        assert_eq!(printed(&text, false), format!("{text}\n"));
        for line in printed(&text, true).lines() {
            assert_eq!(line.starts_with('\u{1b}'), line.contains(":\u{1b}[0m"), "{line:?}");
            assert!(!line.contains("curl ") || !line.contains('\u{1b}'), "{line:?}");
        }
        assert!(printed(&text, true).contains("\u{1b}[1mClose a project"));
    }
}
