"""Divides the hours into rows to learn from and rows to be judged on.

Reads `data/hour.csv` and, where it is there and has rows, `data/live.parquet` (labelled
predictions of a served model). Whole days are held out, never single hours: the hours of one day
resemble each other, so a model that has seen ten o'clock knows too much about eleven.
"""

import sys
import zlib
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import yaml

HISTORY = Path("data/hour.csv")
LIVE = Path("data/live.parquet")
BUILD = Path("build")


def main() -> None:
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["split"]
    rows = window(read(HISTORY, LIVE), str(params["window"]))
    train, test = hold_out(rows, int(params["holdout"]))
    for name, part in ("train", train), ("test", test):
        if not part.num_rows:
            sys.exit(f"split: no rows for {name}: {days(rows)} with holdout {params['holdout']}")
        BUILD.mkdir(exist_ok=True)
        pq.write_table(part, BUILD / f"{name}.parquet")
        print(f"{name}: {part.num_rows} rows, {days(part)}")


def read(history: Path, live: Path) -> pa.Table:
    """Returns the history and after it the labelled predictions, as far as there are any."""
    known = pyarrow.csv.read_csv(history)
    if not live.exists():
        return known
    added = pq.read_table(live)
    if not added.num_rows:
        return known
    # Captures hold what the model was given and the target. A column that only one side has
    # would be half empty, so it is left out of both.
    common = [name for name in known.column_names if name in added.column_names]
    known = known.select(common)
    added = added.select(common).cast(known.schema)
    new = added.filter(pc.invert(pc.is_in(added["instant"], known["instant"].combine_chunks())))
    if new.num_rows < added.num_rows:
        print(f"{live}: {added.num_rows - new.num_rows} rows are in {history} already: left out")
    return pa.concat_tables([known, new]).sort_by("instant")


def window(rows: pa.Table, length: str) -> pa.Table:
    """Returns the rows of the newest `length`, counted in whole days: `all`, or such as `180d`."""
    if length == "all":
        return rows
    if not (length.endswith("d") and length[:-1].isdigit() and int(length[:-1]) > 0):
        sys.exit(f"split.window: `{length}` is neither `all` nor a number of days such as `180d`")
    newest: date = pc.max(rows["dteday"]).as_py()
    before = newest - timedelta(days=int(length[:-1]))
    return rows.filter(pc.greater(rows["dteday"], pa.scalar(before, pa.date32())))


def hold_out(rows: pa.Table, one_in: int) -> tuple[pa.Table, pa.Table]:
    """Returns the rows to learn from and those of about one day in `one_in`.

    A day's own name decides (`crc32("YYYY-MM-DD") % one_in == 0`), so that a day stays on its side
    however many others come before or after it.
    """
    chosen = [
        day
        for day in pc.unique(rows["dteday"]).to_pylist()
        if zlib.crc32(day.isoformat().encode()) % one_in == 0
    ]
    held = pc.is_in(rows["dteday"], pa.array(chosen, pa.date32()))
    return rows.filter(pc.invert(held)), rows.filter(held)


def days(rows: pa.Table) -> str:
    """Returns how many days `rows` has, and which, for a line of the log."""
    ends = pc.min_max(rows["dteday"]).as_py()
    return f"{pc.count_distinct(rows['dteday'])} days of {ends['min']} to {ends['max']}"


if __name__ == "__main__":
    main()
