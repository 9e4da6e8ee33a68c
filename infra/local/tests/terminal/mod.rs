//! A terminal of a chosen width, with nobody before it.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, ExitStatus};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Runs a command with its standard output on a terminal of so many columns. What it printed has the ends of lines that
/// it wrote, not those that a terminal makes of them.
pub(crate) fn run_on(mut command: Command, columns: u16) -> (String, ExitStatus) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let line = rustix::fs::open(name, flags, Mode::empty()).unwrap();
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&line, size).unwrap();
    let mut child = command.stdout(line).spawn().unwrap();
    // The line ends with its last holder, who is to be the child.
    drop(command);
    let text = read(File::from(screen));
    (text.replace("\r\n", "\n"), child.wait().unwrap())
}

/// All that comes until nobody holds the other side, which some systems tell by an error.
fn read(mut screen: File) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4_096]);
    loop {
        match screen.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend(&buffer[..count]),
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(Errno::IO.raw_os_error()), "{error}");
                break;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The text as it is seen: without the sequences that change how letters look.
pub(crate) fn without_emphasis(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |seen, part| seen + part.split_once('m').unwrap().1)
}
