//! The binary as people start it.

#![expect(clippy::unwrap_used, reason = "what these helpers cannot do fails the test")]

#[cfg(unix)]
mod terminal;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::Range;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

#[test]
fn the_story_ends_well_and_tells_what_became_of_whom() {
    let output = run(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(widest(&text), 96, "{text}");
    assert!(!text.contains('\u{1b}'), "a pipe shows no emphasis: {text:?}");
    for line in [
        "      lou@hooli.example  Hooli pilot  there since 2025-03-03  until 2026-11-12",
        "6  The project closes                                                   Wed 2026-11-25 16:00 UTC",
        "      PROJECT_CLOSED  the project is closed",
        "      Finn  end, expired  cancelInvitation",
        "      Lou       Hooli pilot        expired           2026-11-13 02:00, and 1 and 7 days later",
        "      Ana       Acme rollout       projectClosed     2026-11-25 16:00, and 1 and 7 days later",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\nis not in\n{text}");
    }
    let (_, end) = text.split_once("\nThe end state is right: ").unwrap();
    let (_, next) = end.split_once("\nWhat next\n").unwrap();
    assert_eq!(next.lines().count(), 6, "a rule, and five things to do: {next}");
    assert!(next.contains("\n      cargo run -p lanyard-local -- --serve  "), "{next}");
}

#[cfg(unix)]
#[test]
fn on_a_terminal_the_story_is_as_wide_as_it_and_emphasis_is_all_that_it_adds() {
    for (columns, no_color) in [(80, ""), (120, "1")] {
        let mut command = command(&[]);
        command.env("TERM", "xterm-256color").env("NO_COLOR", no_color);
        let (text, status) = terminal::run_on(command, columns);
        assert!(status.success(), "{text}");
        let seen = terminal::without_emphasis(&text);
        assert_eq!(widest(&seen), usize::from(columns), "{seen}");
        assert!(seen.contains("\nWhat next\n"), "{seen}");
        let is_emphatic = text.contains("\u{1b}[1mWhat next\u{1b}[0m\n");
        assert_eq!(is_emphatic, no_color.is_empty(), "{text}");
        assert_eq!(text != seen, is_emphatic, "{text}");
    }
}

#[test]
fn a_command_line_that_is_not_understood_is_answered_by_one_line_and_the_way_to_help() {
    for (arguments, expected) in [
        (&["--sweep"][..], "--sweep is not an option"),
        (&["--sreve"], "--sreve is not an option: do you mean --serve?"),
        (&["--port", "80"], "--port goes with --serve"),
        (&["--serve", "--port", "x"], r#"--port must be a number from 0 to 65534, not "x""#),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let hint = "for help: cargo run -p lanyard-local -- --help";
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told, format!("lanyard-local: {expected}\n{hint}\n"));
    }
}

#[test]
fn help_and_version_are_given_to_whoever_asks() {
    for (option, expected) in [
        ("--help", "usage: cargo run -p lanyard-local"),
        ("-h", "usage: cargo run -p lanyard-local"),
        ("--version", concat!("lanyard-local ", env!("CARGO_PKG_VERSION"), "\n")),
        ("-V", concat!("lanyard-local ", env!("CARGO_PKG_VERSION"), "\n")),
    ] {
        let output = run(&[option]);
        assert_eq!(output.status.code(), Some(0), "{option}: {output:?}");
        assert!(String::from_utf8(output.stdout).unwrap().starts_with(expected), "{option}");
        assert!(output.stderr.is_empty(), "{option}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_the_option_that_chooses_another() {
    let what =
        "is taken by another program: choose another with --port N, or --port 0 for free ones";
    let (port, _listener) = PORTS.step_by(2).find_map(taken).unwrap();
    assert_eq!(refusal(port), format!("lanyard-local: port {port} {what}\n"));
    let told = PORTS.step_by(2).find_map(|port| {
        let (org, _listener) = taken(port + 1)?;
        let told = refusal(port);
        // Somebody else may have the first of the two.
        let is_first = told.starts_with(&format!("lanyard-local: port {port} "));
        (!is_first).then_some((org, told))
    });
    let (org, told) = told.unwrap();
    let whose = "(of the simulated org: always the next one)";
    assert_eq!(told, format!("lanyard-local: port {org} {whose} {what}\n"));
}

#[test]
fn a_reader_who_has_read_enough_is_no_failure() {
    for arguments in [&[][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments).stdout(writer).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn every_line_of_the_guide_works_as_it_stands_in_the_order_in_which_it_stands() {
    let served = Served::start();
    let lines: Vec<&String> = served.guide.iter().filter(|it| it.starts_with("  curl ")).collect();
    assert!(lines.len() > 15, "{lines:?}");
    let answers: Vec<(&str, Value)> = lines
        .iter()
        .map(|line| {
            let (status, body) = curl(line);
            assert!((200..300).contains(&status), "{line}\n{status} {body}");
            (line.as_str(), serde_json::from_str(&body).unwrap())
        })
        .collect();
    let answer = |part: &str| {
        let mut matching = answers.iter().filter(|(line, _)| line.contains(part));
        matching.next_back().map(|(_, answer)| answer.clone()).unwrap()
    };
    assert_eq!(answer("/doctor")["findings"], serde_json::json!([]));
    assert_eq!(answer("-i ")["customers"][2]["outcome"], "added");
    let members = answer("/simulator/members");
    let ana = members.as_array().unwrap().iter().find(|it| it["email"] == "ana@acme.example");
    assert_eq!(ana.unwrap()["role"], "Admin", "{members}");
    assert_eq!(answer("grant=")[2]["cause"], "join (live): promote", "{}", answer("grant="));
    assert_eq!(answer("Project Closed")["answer"]["batchItemFailures"], serde_json::json!([]));
    let users = answer("/simulator/users");
    let is_active = |email: &str| {
        let user = users.as_array().unwrap().iter().find(|user| user["email"] == email);
        user.unwrap()["isActive"].as_bool().unwrap()
    };
    assert_eq!(["ana@acme.example", "cy@acme.example"].map(is_active), [false, true]);
    assert_eq!(answer("dryRun")["decisions"][3]["reason"], "expired", "{}", answer("dryRun"));
    let report = answer("/sweep --json '{}'");
    assert_eq!((&report["ended"], &report["failed"]), (&1.into(), &0.into()), "{report}");
}

#[test]
fn rules_are_tried_on_the_world_that_is_served() {
    let rules = [
        ("POLICY", r#"{ "sources": { "crm": { "groups": ["Acme*"] } } }"#),
        ("TRUSTED_SOURCES", "crm"),
    ];
    let served = Served::start_with(&rules);
    let asked = |source: &str, group: &str| {
        let detail = format!(
            r#"{{"project":{{"id":"P-1"}},"group":{{"name":"{group}"}},"customers":"ana@acme.example","sponsor":"kim@corp.example"}}"#
        );
        let event = format!(
            r#"{{"source":"{source}","detail-type":"Customer Access Requested","detail":{detail}}}"#
        );
        request("POST", &format!("{}/events", served.door), &event).1
    };
    assert!(asked("corp.projects", "Acme").contains("null"), "it is not trusted");
    assert!(asked("crm", "Board").contains("invite"));
    let (_, events) = request("GET", &format!("{}/events", served.door), "");
    assert!(events.contains("SOURCE_NOT_ALLOWED"), "{events}");
    let (_, doctor) = request("GET", &format!("{}/doctor", served.door), "");
    assert!(doctor.contains("what one rule of the policy allows"), "{doctor}");

    let output = command(&["--serve", "--port", "0"]).env("POLICY", "{\"sources\": 1}").output();
    let output = output.unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("POLICY field sources must be an object"), "{text}");
}

#[test]
fn the_door_says_what_it_does_not_understand() {
    let served = Served::start();
    for (method, path, body, status, expected) in [
        ("POST", "/invitations", "[]", 400, "INVALID_REQUEST"),
        ("POST", "/events", "[]", 400, "an event is a JSON object"),
        ("POST", "/events", r#"{"detail-type":"Something Else","detail":{}}"#, 200, "null"),
        ("POST", "/sweep", r#"{"dryrun":true}"#, 400, "dryrun is not an option of a sweep"),
        ("POST", "/time", r#"{"days":0}"#, 400, "from 1 to 3650"),
        ("GET", "/grants?customer=ana", "", 400, "customer must be an e-mail address"),
        ("GET", "/grants?who=ana", "", 400, "ask with one of customer, project and grant"),
        ("GET", "/grants?customer=ana%40acme.example", "", 200, "ana@acme.example"),
        ("GET", "/nothing", "", 404, ""),
    ] {
        let (found, text) = request(method, &format!("{}{path}", served.door), body);
        assert_eq!(found, status, "{method} {path} {text}");
        assert!(text.contains(expected), "{method} {path} {text}");
    }
}

#[test]
fn the_door_lets_no_page_of_another_site_in() {
    let served = Served::start();
    let json = "content-type: application/json";
    let close = r#"{"detail-type":"Project Closed","detail":{"projectId":"P-1"}}"#;
    for (headers, method, path, body, status) in [
        (format!("{json}\r\nhost: evil.example"), "POST", "/events", close, 403),
        (format!("{json}\r\norigin: http://evil.example"), "POST", "/events", close, 403),
        ("content-type: text/plain".to_owned(), "POST", "/events", close, 415),
        ("host: evil.example".to_owned(), "GET", "/grants", "", 403),
    ] {
        let (found, text) = request_with(&headers, method, &format!("{}{path}", served.door), body);
        assert_eq!(found, status, "{headers} {text}");
    }
    let (_, events) = request("GET", &format!("{}/events", served.door), "");
    assert_eq!(events.trim(), "[]", "nothing was done");
}

/// A door that is closed when this is dropped.
struct Served {
    process: Child,
    door: String,
    guide: Vec<String>,
}

impl Served {
    fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with(variables: &[(&str, &str)]) -> Self {
        let mut command = command(&["--serve", "--port", "0"]);
        let mut process = command.envs(variables.iter().copied()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut guide = Vec::new();
        for line in lines {
            guide.push(line.unwrap());
            if guide.last().is_some_and(|line| line.starts_with("This text again")) {
                break;
            }
        }
        let first = guide.first().unwrap();
        let (_, rest) = first.split_once("the functions at ").unwrap();
        let door = rest.split(',').next().unwrap().to_owned();
        Self { process, door, guide }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Ports below those that systems give to whoever asks for any.
const PORTS: Range<u16> = 20_000..30_000;

/// A port and who has it, unless it is taken already.
fn taken(port: u16) -> Option<(u16, TcpListener)> {
    Some((port, TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?))
}

/// What is told about a port at which no world can be served.
fn refusal(port: u16) -> String {
    let output = run(&["--serve", "--port", &port.to_string()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanyard-local"));
    command.args(arguments).env_remove("LANYARD_LOG");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Sends what the `curl` line would send.
fn curl(line: &str) -> (u16, String) {
    let (before, body) = line.split_once(" --json ").unwrap_or((line, ""));
    let url = before.split_whitespace().find(|word| word.contains("http://")).unwrap();
    let method = if body.is_empty() { "GET" } else { "POST" };
    request(method, url.trim_matches('\''), body.trim_matches('\''))
}

/// HTTP without a client: status and body.
fn request(method: &str, url: &str, body: &str) -> (u16, String) {
    request_with("content-type: application/json", method, url, body)
}

/// The same with these headers, and with the address as `host` unless they say another.
fn request_with(headers: &str, method: &str, url: &str, body: &str) -> (u16, String) {
    let address = url.strip_prefix("http://").unwrap();
    let (host, path) = address.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    let own = if headers.contains("host: ") { String::new() } else { format!("host: {host}\r\n") };
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\n{own}{headers}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}
