//! What whoever has read the story may do next.

use crate::story::page::Page;

/// Commands and documents, and what each is for. All are as seen from the folder of the checkout.
const NEXT: [[&str; 2]; 5] = [
    ["cargo run -p lanyard-local -- --serve", "play with it: a world that stays up"],
    ["cargo test --workspace", "run the tests"],
    ["infra/emulator/emulate", "deploy it into an AWS emulator"],
    ["infra/README.md", "deploy it into an AWS account"],
    ["functions/README.md", "look up requests, answers, events"],
];

pub(crate) fn tell(page: &mut Page<'_>) {
    page.heading("What next", "");
    page.keyed_table(&NEXT.map(|row| row.map(str::to_owned)));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::NEXT;
    use crate::paper::Paper;
    use crate::story::page::Page;

    #[test]
    fn each_has_one_line_on_the_narrowest_page() {
        let mut out = Vec::new();
        super::tell(&mut Page::new(&mut out, Paper::terminal(80, None, None)));
        let text = String::from_utf8(out).unwrap();
        let before = ["", "What next", &"-".repeat(80)];
        assert_eq!(text.lines().count(), before.len() + NEXT.len(), "{text}");
        assert!(text.lines().zip(before).all(|(line, expected)| line == expected), "{text}");
    }

    #[test]
    fn commands_are_those_of_the_readme_and_documents_exist() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let readme = std::fs::read_to_string(checkout.join("README.md")).unwrap();
        for [what, _] in NEXT {
            if what.starts_with("cargo ") {
                assert!(readme.contains(what), "README.md does not name {what}");
            } else {
                assert!(checkout.join(what).is_file(), "there is no {what}");
            }
        }
    }
}
