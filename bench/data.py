"""What validation, profiles and drift of tables cost. One JSON line for each figure.

usage: python3 bench/data.py --plimsoll target/release/plimsoll [--folder FOLDER] [--rounds 3]
                             [--rows 5000000] [--large 50000000] [--tables 1000000] [--peers]

Makes Parquet files of 20 mixed columns (a key, 8 numbers of which 4 have gaps, 4 integers, 4
categories of 5 to 200 values, e-mail addresses, time stamps, flags) in --folder, where they stay
for the next call; by default in a temporary folder. --large 0 leaves the largest file out. Needs
numpy and pyarrow, and for --peers polars, duckdb, and evidently (0.7 needs pandas below 3), which is given 100,000 rows a side.
CPU is that of the whole tree of processes. Validation: 54 rules (20 types, 16 columns without gaps,
12 ranges, 4 sets of values, a pattern, a key), of Parquet and of the same rows as CSV.
"""

import argparse
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile

from pipeline import measured, report

CHUNK = 1_000_000
GROUP = 262_144

POLARS = """
import sys
import polars as pl
table = pl.scan_parquet(sys.argv[1])
names = table.collect_schema()
numbers = [name for name, kind in names.items() if kind.is_numeric()]
shares = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
wanted = [pl.all().null_count().name.suffix(":null"), pl.all().approx_n_unique().name.suffix(":distinct")]
for name in numbers:
    it = pl.col(name)
    wanted += [it.min().alias(name + ":min"), it.max().alias(name + ":max"), it.mean().alias(name + ":mean")]
    wanted += [it.std().alias(name + ":std"), it.skew().alias(name + ":skew")]
    wanted += [it.quantile(share).alias(f"{name}:{share}") for share in shares]
table.select(wanted).collect(engine="streaming")
for name in names:
    if name[0] == "c":
        table.group_by(name).len().collect(engine="streaming")
"""

DUCKDB = """
import sys
import duckdb
duckdb.sql("SET threads TO 2")
duckdb.sql(f"SUMMARIZE SELECT * FROM '{sys.argv[1]}'").fetchall()
"""


LEVELS = {f"c{place}": [f"c{place}_{level}" for level in range(levels)] for place, levels in enumerate((5, 10, 50, 200))}
NO_GAPS = ["id", *(f"f{place}" for place in range(4, 8)), *(f"i{place}" for place in range(4)), *LEVELS, "email", "ts", "flag"]
EMAIL = r"user[0-9]{1,9}@example\.com"

POLARS_RULES = f"""
import sys
import polars as pl
LEVELS = {LEVELS!r}
table = pl.scan_parquet(sys.argv[1])
assert len(table.collect_schema()) == 20
c = pl.col
broken = [c(name).null_count().alias("gaps " + name) for name in {NO_GAPS!r}]
broken += [(~c(f"f{{k}}").is_between(-10, 10)).sum().alias(f"range f{{k}}") for k in range(8)]
broken += [(~c(f"i{{k}}").is_between(0, 1000)).sum().alias(f"range i{{k}}") for k in range(4)]
broken += [(~c(name).is_in(values)).sum().alias("set " + name) for name, values in LEVELS.items()]
broken += [(~c("email").str.contains(r"^{EMAIL}$")).sum().alias("pattern")]
broken += [(pl.len() - c("id").n_unique()).alias("key")]
assert not any(table.select(broken).collect().row(0))
"""

# The distances of Kolmogorov and Smirnov of twelve columns of numbers, by sorting both sides.
POLARS_SORT = """
import sys
import polars as pl
names = [f"f{k}" for k in range(8)] + [f"i{k}" for k in range(4)]
sides = [pl.read_parquet(path, columns=names) for path in sys.argv[1:3]]
plans = []
for name in names:
    marked = []
    for side, sign in zip(sides, (1, -1)):
        values = side[name].drop_nulls()
        marked.append(pl.LazyFrame({"x": values}).with_columns(w=pl.lit(sign / len(values))))
    steps = pl.concat(marked).sort("x").select("x", s=pl.col("w").cum_sum())
    plans.append(steps.filter(pl.col("x") != pl.col("x").shift(-1)).select(pl.col("s").abs().max()))
assert all(found.item() is not None for found in pl.collect_all(plans))
"""

EVIDENTLY = """
import sys
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
numbers = ["id"] + [f"f{k}" for k in range(8)] + [f"i{k}" for k in range(4)]
words = [f"c{k}" for k in range(4)] + ["flag"]
columns = DataDefinition(numerical_columns=numbers, categorical_columns=words, datetime_columns=["ts"])
sides = [Dataset.from_pandas(pd.read_parquet(path), data_definition=columns) for path in sys.argv[1:3]]
assert Report([DataDriftPreset()]).run(sides[1], sides[0]).dict()["metrics"]
"""


def rules(path):
    """Writes the schema with the 54 rules."""
    lines = ["unique: [[id]]", "columns:", "  id: { type: integer }"]
    for place in range(8):
        gaps = ", nullable: true" if place < 4 else ""
        lines.append(f"  f{place}: {{ type: number, min: -10, max: 10{gaps} }}")
    lines += [f"  i{place}: {{ type: integer, min: 0, max: 1000 }}" for place in range(4)]
    lines += [f"  {name}: {{ type: string, values: [{', '.join(values)}] }}" for name, values in LEVELS.items()]
    lines += [f"  email: {{ type: string, pattern: '{EMAIL}' }}", "  ts: { type: timestamp }"]
    lines += ["  flag: { type: boolean }", "additional: false"]
    path.write_text("\n".join(lines) + "\n")


def as_csv(parquet, path):
    """Writes the rows of a Parquet file as CSV."""
    if path.exists():
        return
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    unfinished = path.with_suffix(".unfinished")
    file = pq.ParquetFile(parquet)
    with csv.CSVWriter(unfinished, file.schema_arrow) as writer:
        for batch in file.iter_batches():
            writer.write_batch(batch)
    unfinished.rename(path)


def made(make, *of):
    """Makes a file in a process of its own: what is started by a large one counts its memory as its own."""
    process = multiprocessing.Process(target=make, args=of)
    process.start()
    process.join()
    if process.exitcode != 0:
        sys.exit(f"{of[0]} could not be made")


def table(path, rows, seed, shift=0.0):
    """Writes a file of so many rows in chunks; `shift` moves three numbers and the categories."""
    if path.exists():
        return
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    random = np.random.default_rng(seed)
    unfinished = path.with_suffix(".unfinished")
    writer = None
    for first in range(0, rows, CHUNK):
        count = min(CHUNK, rows - first)
        columns = {"id": pa.array(first + random.permutation(count))}
        for place in range(8):
            values = np.clip(random.normal(shift if place < 3 else 0, 1 + place / 8, count), -9.9, 9.9)
            gaps = random.random(count) < 0.01 if place < 4 else None
            columns[f"f{place}"] = pa.array(values, mask=gaps)
        for place in range(4):
            columns[f"i{place}"] = pa.array(random.integers(0, 1001, count))
        for place, levels in enumerate((5, 10, 50, 200)):
            weights = np.arange(1, levels + 1.0) ** -(1 + shift)
            names = pa.array([f"c{place}_{level}" for level in range(levels)])
            columns[f"c{place}"] = names.take(pa.array(random.choice(levels, count, p=weights / weights.sum())))
        users = pa.array(random.integers(0, 10**9, count)).cast(pa.string())
        columns["email"] = pc.binary_join_element_wise(pa.scalar("user"), users, pa.scalar("@example.com"), "")
        moments = 1_700_000_000_000 + random.integers(0, 10**10, count)
        columns["ts"] = pa.array(moments.astype("datetime64[ms]"))
        columns["flag"] = pa.array(random.random(count) < 0.3)
        chunk = pa.table(columns)
        writer = writer or pq.ParquetWriter(unfinished, chunk.schema, compression="zstd")
        writer.write_table(chunk, row_group_size=GROUP)
    writer.close()
    unfinished.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--large", type=int, default=50_000_000)
    parser.add_argument("--tables", type=int, default=1_000_000)
    parser.add_argument("--peers", action="store_true")
    arguments, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        run(arguments, folder.resolve(), pathlib.Path(scratch))


def run(arguments, folder, scratch):
    environment = {**os.environ, "PLIMSOLL_HOME": str(scratch / "home")}
    plimsoll = [str(pathlib.Path(arguments.plimsoll).resolve()), "--json", "data"]

    def timed(job, tool, command, rounds=arguments.rounds, **more):
        runs = [measured(command, scratch, environment) for _ in range(rounds)]
        report(job, tool, runs, **more)

    file = folder / f"{arguments.rows}.parquet"
    made(table, file, arguments.rows, 1)
    timed("profile", "plimsoll", [*plimsoll, "profile", file], rows=arguments.rows)
    if arguments.peers:
        for tool, program in [("polars", POLARS), ("duckdb", DUCKDB)]:
            timed("profile", tool, [sys.executable, "-c", program, file], rows=arguments.rows)

    schema = scratch / "rules.yaml"
    rules(schema)
    timed("validate Parquet", "plimsoll", [*plimsoll, "validate", file, "--schema", schema], rows=arguments.rows)
    if arguments.peers:
        timed("validate Parquet", "polars", [sys.executable, "-c", POLARS_RULES, file], rows=arguments.rows)
    smaller = folder / f"{arguments.tables}.parquet"
    made(table, smaller, arguments.tables, 1)
    text = folder / f"{arguments.tables}.csv"
    made(as_csv, smaller, text)
    size = text.stat().st_size
    timed("validate CSV", "plimsoll", [*plimsoll, "validate", text, "--schema", schema], rows=arguments.tables, bytes=size)

    # What is compared may have drifted, or not.
    sides = []
    for name, seed, shift in [("reference", 2, 0.0), ("like", 3, 0.0)]:
        sides.append(folder / f"{name}-{arguments.tables}.parquet")
        made(table, sides[-1], arguments.tables, seed, shift)
    timed("drift of files", "plimsoll", [*plimsoll, "drift", *sides], rows=arguments.tables)
    if arguments.peers:
        timed("drift of files", "polars, sorting", [sys.executable, "-c", POLARS_SORT, *sides], rows=arguments.tables)
        few = []
        for name, seed in [("few-reference", 5), ("few-like", 6)]:
            few.append(folder / f"{name}.parquet")
            made(table, few[-1], 100_000, seed)
        timed("drift of files", "evidently", [sys.executable, "-c", EVIDENTLY, *few], 1, rows=100_000)
        timed("drift of files", "plimsoll", [*plimsoll, "drift", *few], rows=100_000)
    profiles = [scratch / f"{side.stem}.profile" for side in sides]
    for side, profile in zip(sides, profiles):
        subprocess.run(
            [*plimsoll, "profile", side, "--output", profile],
            check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
    bytes_stored = [profile.stat().st_size for profile in profiles]
    timed("drift of profiles", "plimsoll", [*plimsoll, "drift", *profiles], 4 * arguments.rounds, bytes=bytes_stored)

    if arguments.large:
        file = folder / f"{arguments.large}.parquet"
        made(table, file, arguments.large, 4)
        timed("profile", "plimsoll", [*plimsoll, "profile", file], 1, rows=arguments.large)


if __name__ == "__main__":
    main()
