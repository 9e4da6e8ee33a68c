"""The handbook, its samples and its scripts: safe as they are written, with tools that are pinned."""

import json
import os
import re
import subprocess
import tomllib

import pytest
from conftest import INFRA

HANDBOOK = (INFRA / "README.md").read_text()
SAMCONFIG = (INFRA / "samconfig.toml").read_text()
# What nobody's project is called.
NOBODYS = "lanyard-sample"
LISTS = sorted((INFRA / "tools").glob("*.txt"))


def commands():
    """The lines of the handbook that are typed."""
    return "\n".join(line for line in HANDBOOK.splitlines() if line.startswith("      "))


@pytest.mark.parametrize("name", ["project-closed", "project-reopened", "customer-access-withdrawn"])
def test_a_sample_that_is_invoked_as_it_stands_is_about_a_project_that_nobody_has(name):
    sample = json.loads((INFRA / "events" / "close-project" / f"{name}.json").read_text())
    assert sample["detail"]["projectId"] == NOBODYS


def test_the_first_runs_are_about_a_project_that_is_made_for_them():
    assert 'PROJECT="lanyard-first-run-$(date +%s)"' in commands()
    # What replaces the sample's project finds it, and nothing is closed by an id that somebody may have.
    assert '"id": "P-42"' in (INFRA / "events" / "invite" / "direct.json").read_text()
    assert [line for line in commands().splitlines() if "P-42" in line] == [
        '      sed "s/P-42/$PROJECT/" events/invite/direct.json > invite.json']


def test_a_signed_request_by_curl_has_the_session_token():
    line, = re.findall(r"^ +curl --aws-sigv4(?:.*\\\n)*.*", HANDBOOK, re.MULTILINE)
    assert '-H "x-amz-security-token: $AWS_SESSION_TOKEN"' in line


def test_an_empty_value_is_written_as_sam_takes_it():
    # SAM says of `NoticesEmail=` that it is no parameter at all.
    for text in (HANDBOOK, SAMCONFIG):
        assert "\"NoticesEmail=''\"" in text
    overrides = tomllib.loads(SAMCONFIG)["default"]["global"]["parameters"]["parameter_overrides"]
    assert [it for it in overrides if it.endswith("=")] == []


@pytest.mark.parametrize(("value", "fits"), [
    ("", True), ("platform@corp.example", True), ("''", False), ("platform", False), ("a@b.example, c@d.example", False),
])
def test_who_is_told_of_alarms_is_one_address_or_nobody(template, value, fits):
    pattern = template.parameters["NoticesEmail"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, value)) is fits


def test_the_handbook_uses_the_pinned_tools():
    assert 'PATH="$(tools/environment build)/bin:$(tools/environment sam)/bin:$PATH"' in commands()
    assert "pip install" not in HANDBOOK


def test_the_cost_counts_the_alarms_that_there_are(template):
    count = len(template.of_type("AWS::CloudWatch::Alarm"))
    assert f"| alarms | {count} × $0.10 | ${count * 0.10:.2f} |" in HANDBOOK
    rows = HANDBOOK.split("### What it costs")[1].split("###")[0].splitlines()
    costs = [float(row.rsplit("$", 1)[1].strip(" |")) for row in rows if row.startswith("| ") and "$" in row]
    assert sum(costs[:-1]) == pytest.approx(costs[-1], abs=0.005)


def test_invoking_by_hand_waits_for_as_long_as_any_function_may_take_and_no_longer(template):
    patience = int(re.search(r"--cli-read-timeout (\d+)", (INFRA / "invoke").read_text())[1])
    longest = max(it["Timeout"] for it in template.of_type("AWS::Lambda::Function").values())
    assert longest < patience <= longest + 60


def test_taking_down_says_when_the_names_are_free_again():
    assert "60 seconds" in (INFRA / "take-down").read_text()


@pytest.mark.parametrize("arguments", [[], ["nothing-of-the-kind"], ["../tools/sam"], ["sam", "build"]])
def test_an_environment_that_there_is_not_is_answered_with_those_that_there_are(tmp_path, arguments):
    environment = {"PATH": os.environ["PATH"], "CARGO_TARGET_DIR": str(tmp_path)}
    ran = subprocess.run(
        [INFRA / "tools" / "environment", *arguments], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"one of: {' '.join(it.stem for it in LISTS)}" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", LISTS, ids=lambda it: it.stem)
def test_every_package_is_pinned_to_files_of_known_hashes(path):
    packages = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE).strip())
    for package in packages:
        assert re.fullmatch(r"[\w.-]+==[\w.]+( \\\n    --hash=sha256:[0-9a-f]{64})+", package), package
    assert "--require-hashes" in (INFRA / "tools" / "environment").read_text()


def test_every_list_of_tools_is_described():
    text = (INFRA / "tools" / "README.md").read_text()
    assert sorted(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == [it.stem for it in LISTS]


def test_whatever_the_scanner_is_told_to_skip_has_a_reason_beside_it(template):
    skipped = [
        (name, skip) for name, resource in template.resources.items()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]
    assert skipped
    assert [name for name, skip in skipped if len(skip["comment"].split()) < 5] == []
    # And nothing is skipped elsewhere, where no reason stands.
    gate = (INFRA.parent / ".ci" / "run").read_text()
    assert "checkov" in gate
    assert "--skip-check" not in gate and "--soft-fail" not in gate
