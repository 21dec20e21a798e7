"""Peak memory of commands on large files: it must not grow with them. One JSON line for each figure.

usage: python3 bench/memory.py --plimsoll target/release/plimsoll [--rows 2000000]

Makes a CSV file of --rows rows (about 100 bytes each) and steps that copy 1 GB, in a temporary
folder. Standard library only; other options are ignored, so that `cargo xtask bench` can pass them.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile

from pipeline import measured

GIGABYTE = 1_000_000_000


def table(path, rows):
    """Writes numbers, dates and words without spending the time of a random generator on each cell."""
    with path.open("w") as file:
        file.write("id,day,hour,kind,a,b,c,d\n")
        for start in range(0, rows, 1000):
            lines = []
            for row in range(start, min(start + 1000, rows)):
                x = (row * 2654435761) % 4294967296 / 4294967296
                day = f"20{10 + row // 10000 % 15:02d}-{1 + row // 300 % 12:02d}-{1 + row % 28:02d}"
                lines.append(f"{row},{day},{row % 24},kind{row % 7},{x:.9f},{x * x:.9f},{1 - x:.9f},{x / 3:.9f}\n")
            file.write("".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--rows", type=int, default=2_000_000)
    arguments, _ = parser.parse_known_args()
    plimsoll = str(pathlib.Path(arguments.plimsoll).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        environment = {**os.environ, "PLIMSOLL_HOME": str(scratch / "home")}
        data = scratch / "table.csv"
        table(data, arguments.rows)
        schema = scratch / "table.yaml"
        with schema.open("w") as file:
            subprocess.run([plimsoll, "data", "schema", str(data)], check=True, stdout=file, env=environment)
        size = data.stat().st_size
        for job, command in [
            ("data schema", [plimsoll, "data", "schema", str(data)]),
            ("data validate", [plimsoll, "data", "validate", str(data), "--schema", str(schema)]),
        ]:
            figures = measured(command, scratch, environment)
            print(json.dumps({"job": job, "rows": arguments.rows, "bytes": size, **rounded(figures)}), flush=True)

        repository = scratch / "repository"
        repository.mkdir()
        (repository / "plimsoll.yaml").write_text(
            "model: large\ntask: regression\nsteps:\n"
            f"  make:\n    run: head -c {GIGABYTE} /dev/urandom > large.bin\n    outputs: [large.bin]\n"
            "  copy:\n    run: cp large.bin copy.bin\n    inputs: [large.bin]\n    outputs: [copy.bin]\n"
        )
        for job, command in [
            ("run, 1 GB made and copied", [plimsoll, "run", "-q"]),
            ("run again, all cached", [plimsoll, "run", "-q"]),
            ("store verify, 1 GB", [plimsoll, "store", "verify"]),
        ]:
            figures = measured(command, repository, environment)
            print(json.dumps({"job": job, **rounded(figures)}), flush=True)


def rounded(figures):
    return {name: round(value, 1) for name, value in figures.items()}


if __name__ == "__main__":
    main()
