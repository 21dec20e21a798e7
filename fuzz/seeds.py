"""Writes the seeds of the corpora: small files, each odd in one way.

    python seeds.py [PLIMSOLL]

Needs pyarrow. Stored profiles and digests are made with the program PLIMSOLL, by default
`../target/debug/plimsoll`. Files that were added to a corpus by hand are left alone.
"""

import gzip
import io
import json
import random
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
PLIMSOLL = sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "target" / "debug" / "plimsoll"
LARGEST = 4096


def write(target, seeds):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in seeds.items():
        content = content.encode() if isinstance(content, str) else content
        assert len(content) <= LARGEST, f"{target}/{name} has {len(content)} bytes"
        (folder / name).write_bytes(content)


def damaged(files, seed):
    """Returns `files` with, of each, a part and a copy in which single bits are turned."""
    turn = random.Random(seed)
    all_of_them = dict(files)
    for name, content in files.items():
        all_of_them[f"{name}-cut"] = content[: len(content) * 2 // 3]
        flipped = bytearray(content)
        for _ in range(3):
            flipped[turn.randrange(8, len(flipped) - 8)] ^= 1 << turn.randrange(8)
        all_of_them[f"{name}-flipped"] = bytes(flipped)
    return all_of_them


# ------------------------------------------------------------------------------------------------
# Text.

PLAIN = "id,temp,sky,day,at,on\n1,0.5,clear,2011-01-01,2011-01-01T10:00:00Z,true\n2,,mist,2011-01-02,2011-01-01 11:00,false\n"

CSV = {
    "plain": PLAIN,
    "mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "crlf": PLAIN.replace("\n", "\r\n"),
    "lone-returns": PLAIN.replace("\n", "\r"),
    "semicolons": PLAIN.replace(",", ";"),
    "tabs": PLAIN.replace(",", "\t"),
    "quotes": 'a,b,"c ""d"""\n"1","x\ny",""\n"2",""",",\'\n',
    "odd-quotes": 'a,b\n"1"x,2\n3,4"5\n"6""7",8\n9,"',
    "open-quote": 'a,b\n1,"2\n3,4\n5,6\n',
    "ragged": "a,b,c\n1\n1,2,3,4\n\n1,2,3\n,,\n,\n",
    "nul": b"a,b\n1,\x002\n\x00\n3,4\n",
    "not-utf8": b"a,b\xe9\n1,\xff\xfe\n2,\xc3\n\xf0\x9f\x98\x80,\xed\xa0\x80\n",
    "utf16": "a,b\n1,2\n".encode("utf-16"),
    "numbers": "a,b,c\n9223372036854775807,1e308,007\n-9223372036854775808,1e999,+1\n9223372036854775808,-0.0,.5\n"
    + "1" * 60
    + ",1e-400,0x10\n0,inf,nan\n",
    "dates": "d,t\n0001-01-01,0001-01-01T00:00:00Z\n9999-12-31,9999-12-31T23:59:59.999999999+23:59\n2012-02-30,2012-02-29T24:00\n-1-01-01,1970-01-01T00:00:00-00:00\n",
    "missing": "a,b,c\nNA,?,-\nnull,None,nan\n ,\"\",NULL\n1,x,2\n",
    "long-field": "a,b\n" + "x" * 3000 + ",1\n2,3\n",
    "many-columns": ",".join(f"c{n}" for n in range(300)) + "\n" + ",".join("1" * 300) + "\n",
    "repeated-names": "a,a,,\n1,2,3,4\n5,6,7,8\n",
    "header-only": "a,b,c\n",
    "one-byte": "a",
    "blank-lines": "\n\n\na\n\n1\n\n",
    "no-end": "a,b\n1,2\n3,4",
    "controls": "a\x1b[2J,b\u202e\n\x07,\u200b\n\u2028,\x7f\n",
    "personal": "mail,phone,iban,card,ip\na@example.org,+49 30 123456,DE89370400440532013000,4111111111111111,192.0.2.1\n",
}

JSON_LINES = {
    "plain": '{"a":1,"b":"x","c":true,"d":null}\n{"a":2.5,"b":"","c":false}\n',
    "kinds": '{"a":1}\n{"a":"1"}\n{"a":true}\n{"a":[1]}\n{"a":{"b":1}}\n{"a":null}\n{}\n',
    "twice": '{"a":1,"a":2}\n{"a":3}\n',
    "deep": '{"a":' + "[" * 900 + "]" * 900 + '}\n{"a":1}\n',
    "deep-objects": '{"a":' * 300 + "1" + "}" * 300 + "\n",
    "deep-open": '{"a":' + "[{\"b\":" * 400 + "\n",
    "escapes": '{"\\u0061":"\\ud83d\\ude00","b":"\\u0000\\n\\/"}\n{"a":"\\ud83d","b":"\\udc00"}\n{"a":"\\x"}\n',
    "numbers": '{"a":1e999,"b":-0,"c":123456789012345678901234567890}\n{"a":1E+2,"b":0.1e-400,"c":9223372036854775808}\n{"a":01}\n{"a":.5}\n{"a":+1}\n{"a":-}\n',
    "not-utf8": b'{"a":"\xff"}\n{"a":"\xed\xa0\x80"}\n',
    "nul": b'{"a":"\x00"}\n\x00\n{"a":1}\n',
    "mark": b'\xef\xbb\xbf{"a":1}\n',
    "crlf": '{"a":1}\r\n{"a":2}\r\n',
    "spaces": ' { "a" : 1 , "b" : 2 } \n\n\t{"a":3}\n',
    "two-on-a-line": '{"a":1}{"a":2}\n{"a":3},\n',
    "array": '[{"a":1},{"a":2}]\n',
    "cut": '{"a":1}\n{"a":2',
    "cut-text": '{"a":"x\n"}\n{"a":1}\n',
    "new-keys": '{"a":1}\n{"b":2}\n{"c":3,"a":4}\n',
    "many-keys": "{" + ",".join(f'"k{n}":{n}' for n in range(350)) + "}\n",
    "long-text": '{"a":"' + "x" * 3000 + '"}\n',
    "empty-key": '{"":1," ":2}\n{"":3}\n',
    "no-objects": '1\n"x"\nnull\n',
    "dates": '{"d":"2012-02-29","t":"2012-02-29T23:59:60Z"}\n{"d":"2012-02-30","t":""}\n',
}


def gz(content):
    return gzip.compress(content, mtime=0)


def zst(content):
    return pa.compress(content, codec="zstd", asbytes=True)


def checked(packed, at):
    """Returns `packed` with another byte at `at`."""
    changed = bytearray(packed)
    changed[at] ^= 0x55
    return bytes(changed)


ROWS = (PLAIN + "3,0.25,fog,2011-01-03,2011-01-01T12:00:00Z,true\n" * 30).encode()
ZEROS = b"a\n" + b"0\n" * 20_000
LONG_ROW = b"a\n" + b"0" * 1_500_000

GZIP = {
    "plain": gz(ROWS),
    "members": gz(PLAIN.encode()) + gz(b"3,1,fog,,,\n") + gz(b""),
    "behind": gz(PLAIN.encode()) + b"what is this?",
    "empty": gz(b""),
    "cut": gz(ROWS)[:60],
    "cut-in-header": gz(ROWS)[:7],
    "checksum": checked(gz(ROWS), -6),
    "length": checked(gz(ROWS), -2),
    "bits": checked(gz(ROWS), 40),
    "named": b"\x1f\x8b\x08\x1f\0\0\0\0\0\xff\x04\0ab\0\0table.csv\0a remark\0\0\0" + gz(PLAIN.encode())[10:],
    "stored": b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x04\0\xfb\xffa\n1\n" + zlib.crc32(b"a\n1\n").to_bytes(4, "little") + b"\x04\0\0\0",
    "many-rows": gz(ZEROS),
    "long-row": gz(LONG_ROW),
    "nul-bomb": gz(bytes(1_000_000)),
    "twice": gz(gz(ROWS)),
    "json": gz(b'{"a":1}\n'),
}

ZSTD = {
    "plain": zst(ROWS),
    "frames": zst(PLAIN.encode()) + zst(b"3,1,fog,,,\n") + zst(b""),
    "skippable": b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zst(PLAIN.encode()),
    "skippable-long": b"\x5f\x2a\x4d\x18\xff\xff\xff\xffabc",
    "behind": zst(PLAIN.encode()) + b"what is this?",
    "empty": zst(b""),
    "cut": zst(ROWS)[:40],
    "cut-in-header": zst(ROWS)[:5],
    "bits": checked(zst(ROWS), 30),
    "window": b"\x28\xb5\x2f\xfd\x00\xff\x01\0\0",
    "dictionary": b"\x28\xb5\x2f\xfd\x23\x01\x02\x03\x04\x05\x01\0\0",
    "stored": b"\x28\xb5\x2f\xfd\x20\x04\x21\0\0a\n1\n",
    "same-byte": b"\x28\xb5\x2f\xfd\xa0\0\0\x08\0" + b"\x02\0\x100" * 3 + b"\x03\0\x10\n",
    "many-rows": zst(ZEROS),
    "long-row": zst(LONG_ROW),
    "bomb": zst(bytes(10_000_000)),
    "twice": zst(zst(ROWS)),
    "gzip-within": zst(gz(ROWS)),
}

# ------------------------------------------------------------------------------------------------
# Tables that store types.

ALL = pa.table(
    {
        "i": pa.array([1, None, 3], pa.int64()),
        "u": pa.array([1, 2**64 - 1, None], pa.uint64()),
        "f": pa.array([0.5, float("nan"), None], pa.float64()),
        "s": pa.array(["x", "", None]),
        "b": pa.array([True, None, False]),
        "d": pa.array([0, -719162, None], pa.date32()),
        "t": pa.array([0, 2**62, None], pa.timestamp("us", tz="UTC")),
    }
)
WORDS = pa.table({"w": pa.array(["one", "two", None, "one"] * 40).dictionary_encode(), "n": pa.array(range(160), pa.int32())})
NESTED = pa.table({"l": pa.array([[1], [], None]), "s": pa.array([{"a": 1}, {"a": None}, None])})
LARGE = pa.table({"x": pa.array(["a" * 50_000, "b"]), "z": pa.array([0, 0])})
HALVES = pa.table({"h": pa.array([1, 2], pa.decimal128(38, 10)), "n": pa.nulls(2), "o": pa.array([1, 2], pa.time64("ns"))})


def as_parquet(table, **how):
    out = io.BytesIO()
    pq.write_table(table, out, **{"store_schema": False, **how})
    return out.getvalue()


def parquet_seeds():
    few = ALL.select(["i", "s", "d"])
    seeds = {
        "types": as_parquet(ALL, compression="none"),
        "dictionary": as_parquet(WORDS, compression="snappy"),
        "page-2": as_parquet(few, data_page_version="2.0", compression="zstd"),
    }
    alone = {
        "groups": as_parquet(few, row_group_size=1, compression="none", write_statistics=False),
        "pages": as_parquet(WORDS.select(["n"]), data_page_size=8, write_batch_size=8, use_dictionary=False, compression="none"),
        "checksums": as_parquet(few, write_page_checksum=True, compression="gzip"),
        "lz4": as_parquet(few, compression="lz4"),
        "delta": as_parquet(WORDS.select(["n"]), use_dictionary=False, column_encoding="DELTA_BINARY_PACKED", compression="none"),
        "delta-texts": as_parquet(ALL.select(["s"]), use_dictionary=False, column_encoding="DELTA_BYTE_ARRAY", compression="none"),
        "split": as_parquet(ALL.select(["f"]), use_dictionary=False, column_encoding="BYTE_STREAM_SPLIT", compression="none"),
        "nested": as_parquet(NESTED, compression="none", write_statistics=False),
        "decimals": as_parquet(HALVES, compression="none", write_statistics=False),
        "no-rows": as_parquet(few.slice(0, 0)),
        "same-rows": as_parquet(pa.table({"a": pa.array([7] * 500_000)}), compression="none", write_batch_size=500_000),
        "large-page": as_parquet(LARGE, compression="zstd", use_dictionary=False, write_statistics=False),
        "magic-only": b"PAR1" + bytes(4) + b"PAR1",
        "long-footer": b"PAR1" + b"\xff\xff\xff\x7f" + b"PAR1",
        "encrypted": b"PARE" + bytes(40) + b"PARE",
        "divides-by-nought": (HERE.parent / "fixtures" / "damaged" / "divides-by-nought.parquet").read_bytes(),
    }
    write("parquet", {**damaged(seeds, 1), **alone})


def as_arrow(table, kind, **how):
    out = io.BytesIO()
    new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with new(out, table.schema, options=pa.ipc.IpcWriteOptions(**how)) as writer:
        for batch in table.to_batches():
            writer.write_batch(batch)
    return out.getvalue()


def arrow_seeds():
    few = ALL.select(["i", "s", "b"])
    words = WORDS.slice(0, 5)
    seeds = {
        "file": as_arrow(few, "file"),
        "stream": as_arrow(few, "stream"),
        "words-file": as_arrow(words.select(["w"]), "file"),
        "words-stream": as_arrow(words, "stream"),
        "zstd": as_arrow(few, "file", compression="zstd"),
        "lz4": as_arrow(few, "stream", compression="lz4"),
    }
    alone = {
        "types": as_arrow(ALL, "stream"),
        "nested": as_arrow(NESTED, "stream"),
        "decimals": as_arrow(HALVES, "stream"),
        "bomb": as_arrow(pa.table({"a": pa.array([0] * 1_000_000, pa.int64())}), "stream", compression="zstd"),
        "no-rows": as_arrow(few.slice(0, 0), "file"),
        "magic-only": b"ARROW1\0\0ARROW1",
        "long-footer": b"ARROW1\0\0" + b"\xff\xff\xff\x7f" + b"ARROW1",
        "long-message": b"\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(64),
        "behind": as_arrow(few, "stream") + b"more",
    }
    write("arrow", {**damaged(seeds, 2), **alone})


# ------------------------------------------------------------------------------------------------
# Schemas, expressions, projects.

COLUMNS = "columns: { a: { type: integer }, b: { type: integer }, x: { type: number, nullable: true }, s: { type: string, nullable: true }, day: { type: date }, at: { type: timestamp } }\n"

YAML = {
    "anchors": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n",
    "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi")),
    "loop": "a: &a [*a]\n",
    "merge": "x: &x { type: integer }\ncolumns:\n  a: { <<: *x }\n",
    "tags": "columns: !!map { a: !!str { type: !x integer } }\n",
    "twice": "columns: { a: { type: integer }, a: { type: string } }\ncolumns: {}\n",
    "deep": "a: " + "[" * 500 + "]" * 500 + "\n",
    "deep-blocks": "".join(" " * n + "a:\n" for n in range(80)),
    "mark": b"\xef\xbb\xbfcolumns: {}\n",
    "not-utf8": b"columns: { a\xff: {} }\n",
    "texts": 'a: |2-\n    x\n   y\nb: >+\n  z\n\n\nc: "\\x41\\u00e9\\U0001f600\\\n  \\N"\nd: \'it\'\'s\'\n? e\n: f\n',
    "scalars": "a: [0x10, 0o7, 1_000, .inf, -.nan, ~, yes, 12e03, 99999999999999999999, 1:30, 2011-01-01]\n",
    "controls": "a: \u202ex\u2028y\nb: [\u200e\n",
    "long-line": "a: [" + "q, " * 1200 + "]\n",
    "empty": "",
}

SCHEMA = {
    **YAML,
    "plain": "rows: { min: 1, max: 9 }\nunique: [[a], [a, b]]\ncolumns:\n  a: { type: integer, min: -9223372036854775808, max: 9223372036854775807 }\n  b: { type: number, values: [1, 2.5] }\n  s: { type: string, pattern: \"^[a-z]+$\", nullable: true }\n  t: { type: string, length: { min: 1, max: 3 } }\n  p: { type: boolean, optional: true }\n  day: { type: date, min: 2011-01-01 }\n  at: { type: timestamp, max: \"2012-01-01T00:00:00Z\" }\nadditional: true\n",
    "wrong-types": "rows: x\nunique: {}\ncolumns: { a: { type: int, min: b, max: [1], nullable: 3, values: a } }\nadditional: 1\nmore: 2\n",
    "order": COLUMNS.replace("a: { type: integer", "a: { type: integer, monotone: increasing, unique: true").replace("at: { type: timestamp", "at: { type: timestamp, fresh: 1d"),
    "checks": COLUMNS + "checks:\n  - { name: sum, expression: \"a + b > 0\", when: \"s != null\", severity: warning, allow: 10% }\n  - name: text\n    expression: |\n      s.startsWith('a') ||\n        size(s) < 3\n",
    "wrong-checks": COLUMNS + "checks:\n  - { name: one, expression: \"a + s\" }\n  - { name: two, expression: \"nothing > 1\" }\n  - { name: three, expression: \"a >\" }\n  - name: four\n    expression: |\n      a > 0 &&\n      ä == 'ö'\n",
    "references": COLUMNS + "references:\n  - { columns: [a], file: held.csv, to: [b] }\n  - { columns: [s, a], file: nowhere.csv, to: [s, a], severity: warning }\n",
    "environments": "environments: [one, two]\ncolumns: { a: { type: integer, environments: [two] }, b: { type: integer } }\nadditional: true\n",
    "patterns": "columns: { a: { type: string, pattern: \"(a{1000}){1000}\" }, b: { type: string, pattern: \"(?i)\\\\p{L}+(\" }, s: { type: string, pattern: \"((((((((a*)*)*)*)*)*)*)*)*$\" } }\nadditional: true\n",
    "limits": "rows: { min: 9, max: 1 }\ncolumns: { x: { type: number, min: .nan, max: -.inf }, a: { type: integer, min: 1e300 }, day: { type: date, min: 2012-02-30 } }\n",
}

EXPRESSION = {
    "compare": "a < b",
    "arithmetic": "a + b * 2 - -a / (b % 3) > 9223372036854775807",
    "numbers": "x / y == 0.0 / 0.0 || x > 1e308 * 10.0",
    "mixed": "double(a) <= x && int(x) != a",
    "choice": "p ? a > 0 : s == null",
    "nothing": "x == null || !(x != null && x > 0.0)",
    "texts": "s.startsWith('a') && s.contains(t) || s.endsWith(\"\\u00e4\")",
    "made": "size(s + t + s) > 2 && s.upperAscii() != t.lowerAscii().replace('a', 'bb')",
    "matches": "s.matches('^(a|b)+$') || matches(t, '[')",
    "lists": "a in [1, 2, b] || [a, b].exists(q, q > 1) && [s, t].all(q, size(q) < 4)",
    "nested": "[1, 2, 3].map(q, q * a).filter(q, q > 1).exists_one(q, [q].all(r, r == q))",
    "many": "[" + "1," * 500 + "1].all(q, [1, 2, 3].all(r, [1, 2, 3].all(s, q + r + a > 0)))",
    "times": "at > timestamp('2012-01-01T00:00:00Z') && at.getHours() < 12 && day < timestamp('2013-01-01T00:00:00Z')",
    "lengths": "at - duration('1h') < at + duration('9223372036854775807s')",
    "present": "now - at > duration('24h')",
    "deep": "(" * 500 + "a" + ")" * 500 + " > 0",
    "denied": "!" * 999 + "p",
    "chain": " && ".join(["a > b"] * 300),
    "negative": "-" * 1000 + "a > 0",
    "ends": "-9223372036854775808 / -1 == a || a % -1 == 0 || -a > 0",
    "remark": "a > 0 // never ends",
    "raw": "s == r'\\' || s == '''\n''' || s == b'x' || s == '\\U0001F600'",
    "open": "s == 'x",
    "unsigned": "1u + 2u > a",
    "functions": "math.abs(x) + math.greatest(x, y) > math.ceil(y) && s.substring(0, 1).indexOf(t) >= -1",
    "odd": "\u202ea \u00a0> 'ä' ? : @ # $",
    "fields": "s.t.u[0].v{w: 1}",
    "blank": " \n",
}

PROJECT = {
    **{name: YAML[name] for name in ["anchors", "bomb", "loop", "merge", "twice", "deep", "deep-blocks", "texts", "scalars", "controls", "long-line", "empty"]},
    "plain": "model: x\ntask: regression\nowners: [a]\nlicense: Apache-2.0\nseed: 7\n",
    "data": "model: x\ntask: binary\nparams: params.yaml\ndata:\n  one: { path: data.csv, schema: schema.yaml, license: x, personal: none }\n  two: { from: captures, holdout: 14d }\nserve: { capture: true, id: a, time: b }\n",
    "steps": "model: x\ntask: regression\ndata: { one: { path: a/b.csv } }\nsteps:\n  split: { run: python split.py, inputs: [data.one], outputs: [build/a, build/b], timeout: 20m }\n  train: { run: x, inputs: [build/a], params: [p.q], outputs: [build/a/c, build/b], metrics: m.json }\n",
    "circle": "model: x\ntask: regression\nsteps:\n  a: { run: x, inputs: [out/b], outputs: [out/a] }\n  b: { run: x, inputs: [out/a], outputs: [out/b] }\n",
    "evaluate": "model: x\ntask: regression\nsteps: { t: { run: x, outputs: [m.onnx, t.csv] } }\nevaluate:\n  model: m.onnx\n  on: t.csv\n  target: y\n  features: { input: [a, b] }\n  block: d\n  slices: { s: { hr: [17, 18], b: x } }\ngate:\n  - { metric: wape, max: 0.25, slice: s }\n  - { beats: champion, metric: mae, by: 10% }\n  - { metric: nothing, min: .nan }\n",
    "monitor": "model: x\ntask: regression\nmonitor: { window: 14d, limits: [{ metric: wape, max: 0.3 }] }\nretrain: { set: { a.b: 180d, c: [1] } }\nwaivers: [{ code: data.rows, until: 2011-01-01, reason: x }]\n",
    "wrong-types": "model: [x]\ntask: {}\nowners: 1\nseed: -1\ndata: [x]\nsteps: none\ngate: {}\nserve: 1\nmonitor: x\n",
    "paths": "model: ../x\ntask: regression\nparams: /etc/x\npython: a//b\ncode: [\"../*\", \"[\", \"**\"]\ndata: { a: { path: \"a\\\\b\", schema: ./x/../y } }\n",
    "policy": "rules: []\napprovals: 2\nallow: { licenses: [MIT] }\n",
    "checks": "single-value: { severity: warning }\nclass-imbalance: { max-share: 0.5 }\n",
    "trust": "keys: [{ name: a, key: x }]\nthreshold: 1\n",
}

# ------------------------------------------------------------------------------------------------
# What is stored.


def stored(text, *arguments):
    """Returns what the program stores of a table, in the file that the last argument is about."""
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "table.csv", Path(folder) / "stored"
        table.write_text(text)
        command, *options = arguments
        subprocess.run([PLIMSOLL, "data", command, table, *options, out], capture_output=True, check=False)
        return out.read_bytes()


def changed(text, old, new):
    assert old in text, (old, text)
    return text.replace(old, new, 1)


def profile_seeds():
    """Stored profiles, most of them as the JSON in one: single bits of what is packed say little."""
    rows = {
        "numbers": "n\n1\n2\n2\n-3.5\ninf\n",
        "texts": "s\nx\ny y\nNA\nx\n",
        "days": "d\n2024-01-01\n2024-01-02\n2024-03-01\n",
        "stamps": "t\n2024-01-01T10:00:00Z\n2024-01-02T11:30:00Z\n",
        "flags": "f\ntrue\nfalse\n\n",
    }
    profiles = {name: stored(text, "profile", "-o") for name, text in rows.items()}
    blocks = stored("d,n\n2024-01-01,1\n2024-01-01,2\n2024-01-02,2\n", "profile", "--block", "d", "-o")
    unpacked = {name: pa.input_stream(io.BytesIO(packed), compression="zstd").read().decode() for name, packed in {**profiles, "blocks": blocks}.items()}
    numbers, texts, days = (unpacked[name] for name in ["numbers", "texts", "days"])
    most = str(2**64 - 1)
    odd = {
        "packed": profiles["numbers"],
        "packed-cut": profiles["numbers"][:-20],
        "bomb": zst(b'{"format":"plimsoll.profile/1",' + b" " * 10_000_000),
        "other-format": changed(numbers, "profile/1", "profile/2"),
        "other-rows": changed(numbers, '"rows":5', '"rows":6'),
        "most-rows": numbers.replace('"rows":5', f'"rows":{most}'),
        "keys": changed(numbers, '"keys":"', '"keys":"////'),
        "no-bits": changed(texts, '"digests":{"level":0', '"digests":{"level":200'),
        "twice": changed(texts, '"columns":[', '"columns":[],"columns":['),
        "deep": changed(days, '"columns":[', '"columns":' + "[" * 500),
        "nothing": "{}",
    }
    write("profile", {**unpacked, **odd})


def digest_seeds():
    """Digests of training data: a line of JSON, then packed bits."""
    cities, labels = ["Oslo", "Rome"], ["no", "yes"]
    row = "p{0},2024-01-{1:02},{2},{3},{4}\n".format
    people = "id,day,age,city,left\n" + "".join(row(n, n % 28 + 1, 20 + n % 9, cities[n % 2], labels[n // 3 % 2]) for n in range(40))
    roles = ["--label", "left", "--index", "id", "--time", "day"]
    whole = stored(people, "check", *roles, "--digests-out")
    plain = stored(people, "check", "--digests-out")
    line, rest = whole.split(b"\n", 1)
    header = json.loads(line)

    def other(change):
        copy = json.loads(line)
        change(copy)
        return json.dumps(copy, separators=(",", ":")).encode() + b"\n" + rest

    most = 2**64 - 1
    write(
        "digests",
        {
            "whole": whole,
            "plain": plain,
            "cut": whole[:-30],
            "cut-line": line[:200],
            "behind": whole + b"more",
            "checksum": other(lambda of: of.update(crc32=header["crc32"] ^ 1)),
            "other-version": whole.replace(b"digests/v1", b"digests/v2", 1),
            "no-bits": other(lambda of: of["digests"].update(bits=0)),
            "all-bits": other(lambda of: of["digests"].update(bits=64)),
            "few-bits": other(lambda of: of["digests"].update(bits=3)),
            "endless": other(lambda of: of["digests"].update(bytes=most)),
            "count": other(lambda of: of["digests"].update(count=most)),
            "no-rows": other(lambda of: of.update(rows=0)),
            "many-rows": other(lambda of: of.update(rows=most, twins=most)),
            "no-columns": other(lambda of: of.update(columns=[])),
            "time": other(lambda of: of["time"].update(min=1e308, max=-1e308)),
            "values": other(lambda of: of["values"].update(city={str(n): most for n in range(3)})),
            "ones": line + b"\n" + b"\xff" * len(rest),
            "noughts": line + b"\n" + bytes(len(rest)),
        },
    )


if __name__ == "__main__":
    write("csv", CSV)
    write("json_lines", JSON_LINES)
    write("gzip_csv", GZIP)
    write("zstd_csv", ZSTD)
    parquet_seeds()
    arrow_seeds()
    write("schema", SCHEMA)
    write("expression", EXPRESSION)
    write("project", PROJECT)
    profile_seeds()
    digest_seeds()
