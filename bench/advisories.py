"""What it costs to hold packages against advisories: the whole program, from its start to its exit code.

usage: python3 bench/advisories.py --plimsoll target/release/plimsoll [--advisories 100000] [--packages 500]

Makes an export in the format of OSV about 20,000 packages of PyPI, each advisory with ranges and, every other one,
with versions one by one; makes a database of it; and scans a requirements file of which each package has some. One
JSON line for the database, one for the scan: minimum, median and maximum of --rounds rounds.
"""

import argparse
import json
import os
import pathlib
import random
import tempfile
import zipfile

from pipeline import measured, report

NAMES = 20_000


def advisory(number, draw):
    name = f"package-{draw.randrange(NAMES)}"
    fixed = draw.randrange(1, 40)
    affected = {
        "package": {"ecosystem": "PyPI", "name": name, "purl": f"pkg:pypi/{name}"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": f"{fixed}.0"}]}],
    }
    if number % 2:
        affected["versions"] = [f"{major}.{minor}" for major in range(fixed) for minor in range(4)]
    return {
        "schema_version": "1.7.0",
        "id": f"GHSA-{number:04x}-bench-{number // 65536:04x}",
        "aliases": [f"CVE-2026-{number}"],
        "modified": "2026-11-01T00:00:00Z",
        "published": "2026-01-01T00:00:00Z",
        "summary": "Something happens that nobody wants to happen",
        "details": "A program does what it should not do, on input that it should refuse. " * 8,
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [affected],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--advisories", type=int, default=100_000)
    parser.add_argument("--packages", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    plimsoll = str(pathlib.Path(arguments.plimsoll).resolve())
    draw = random.Random(7)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        environment = dict(os.environ, PLIMSOLL_HOME=str(scratch / "home"))
        with zipfile.ZipFile(scratch / "all.zip", "w", zipfile.ZIP_DEFLATED) as export:
            for number in range(arguments.advisories):
                record = advisory(number, draw)
                export.writestr(f"{record['id']}.json", json.dumps(record))
        pins = draw.sample(range(NAMES), arguments.packages)
        (scratch / "requirements.txt").write_text("".join(f"package-{pin}=={draw.randrange(50)}.{pin % 5}\n" for pin in pins))
        made = [measured([plimsoll, "database", "update", "all.zip"], scratch, environment)]
        size = (scratch / "home").rglob("*")
        megabytes = sum(file.stat().st_size for file in size if file.is_file()) / 1e6
        report("database", "plimsoll", made, advisories=arguments.advisories, megabytes=round(megabytes, 1))
        command = [plimsoll, "scan", "vulnerabilities", "requirements.txt", "--json"]
        # Something is found, so it ends with 1.
        runs = [measured(command, scratch, environment, accepted=(1,)) for _ in range(arguments.rounds)]
        report("scan", "plimsoll", runs, packages=arguments.packages)


if __name__ == "__main__":
    main()
