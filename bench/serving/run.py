"""What an answer costs: requests per CPU-second, latency, memory. One JSON line for each round.

usage: python3 bench/serving/run.py --library PATH/libonnxruntime.so.1.31.1 [--model FILE] [--seconds 6] [--rounds 3]

The server, with and without captures, and a bare axum + ONNX Runtime program (bare.rs) are asked
in turn by `wrk` (Debian: `apt-get install wrk`) over 32 kept connections, batch 1, 20 numbers. CPU
is user + system time of the server's process. Without --model, a network of 20-256-256-2 with
made-up weights is written. Standard library only.
"""

import argparse
import json
import math
import os
import pathlib
import random
import re
import struct
import subprocess
import tempfile
import time
import socket
import urllib.request

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent


def field(number, value):
    """One field of a protocol buffer: a number, or bytes."""
    def varint(value):
        out = bytearray()
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        return bytes(out + bytes([value]))
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def network():
    """An ONNX model: two hidden layers of 256, `label` and `probabilities`."""
    draw = random.Random(0)

    def constant(name, shape, numbers):
        dimensions = b"".join(field(1, size) for size in shape)
        return field(5, dimensions + field(2, 1) + field(8, name) + field(9, struct.pack(f"<{len(numbers)}f", *numbers)))

    def node(kind, inputs, output, attributes=()):
        body = b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, kind)
        for name, value in attributes:
            body += field(5, field(1, name) + field(3, value) + field(20, 2))
        return field(1, body)

    def port(number, name, element, *sizes):
        shape = b"".join(field(1, field(2, "n") if size is None else field(1, size)) for size in sizes)
        return field(number, field(1, name) + field(2, field(1, field(1, element) + field(2, shape))))

    graph, last = b"", "X"
    for layer, (width, out) in enumerate(((20, 256), (256, 256), (256, 2))):
        weights = [draw.gauss(0, 1) / math.sqrt(width) for _ in range(width * out)]
        graph += constant(f"w{layer}", (width, out), weights) + constant(f"b{layer}", (out,), [0.0] * out)
        graph += node("Gemm", (last, f"w{layer}", f"b{layer}"), f"g{layer}")
        last = f"g{layer}"
        if layer < 2:
            graph += node("Relu", (last,), f"r{layer}")
            last = f"r{layer}"
    graph += node("ArgMax", (last,), "label", (("axis", 1), ("keepdims", 0)))
    graph += node("Softmax", (last,), "probabilities", (("axis", 1),))
    graph += field(2, "mlp") + port(11, "X", 1, None, 20)
    graph += port(12, "label", 7, None) + port(12, "probabilities", 1, None, 2)
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 15))


def seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) // 1024


def round_of(name, command, options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    server = subprocess.Popen([part if part != "PORT" else str(port) for part in command], stdin=subprocess.PIPE)
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/health/ready", timeout=1).read()
                break
            except OSError:
                if server.poll() is not None or time.perf_counter() - began > 20:
                    raise SystemExit(f"{name} does not start")
                time.sleep(0.002)
        ready = time.perf_counter() - began
        idle = resident(server.pid)
        wrk = ["wrk", "-t1", f"-c{options.connections}", "--latency", "-s", str(HERE / "infer.lua"), f"http://127.0.0.1:{port}/v2/models/m/infer"]
        subprocess.run([*wrk, "-d1s"], capture_output=True, check=True)
        before = seconds(server.pid)
        told = subprocess.run([*wrk, f"-d{options.seconds}s"], capture_output=True, text=True, check=True).stdout
        spent = seconds(server.pid) - before
        requests = int(re.search(r"(\d+) requests in", told)[1])
        latency = {part: re.search(rf"^\s+{part}%\s+(\S+)", told, re.M)[1] for part in (50, 99)}
        print(json.dumps({
            "server": name, "workers": options.workers, "requests-per-cpu-second": round(requests / spent), "cpu-us": round(1e6 * spent / requests, 1),
            "requests-per-second": round(float(re.search(r"Requests/sec:\s+(\S+)", told)[1])),
            "p50": latency[50], "p99": latency[99], "not-200": int((re.search(r"Non-2xx.*: (\d+)", told) or [0, 0])[1]),
            "ready-ms": round(1e3 * ready), "idle-mb": idle, "loaded-mb": resident(server.pid),
        }), flush=True)
    finally:
        server.stdin.close()
        if name == "bare":
            server.kill()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", required=True)
    parser.add_argument("--model")
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "-q", "-p", "plimsoll-serving", "--example", "bare", "--example", "served"]
    subprocess.run(build, cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        model = options.model
        if not model:
            model = f"{folder}/mlp.onnx"
            pathlib.Path(model).write_bytes(network())
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        program = lambda name: [str(target / "release/examples" / name), options.library, model, "PORT", str(options.workers)]
        for number in range(options.rounds):
            round_of("bare", program("bare"), options)
            round_of("plimsoll", program("served"), options)
            round_of("plimsoll with captures", [*program("served"), f"{folder}/captures-{number}"], options)


if __name__ == "__main__":
    main()
