"""What a run costs: start, no-op, trivial steps, memory. One JSON line for each figure.

usage: python3 bench/pipeline.py --plimsoll target/release/plimsoll [--steps 100] [--runs 7] [--ninja PATH] [--dvc PATH]

CPU is user + system time of the whole tree of processes, as the kernel accounts for finished
children; memory is the peak of the largest single process. Peers are run in turn with Plimsoll.
Standard library only.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time


def measured(command, folder, environment, accepted=(0,)):
    """Runs a command, which ends with one of `accepted`; returns wall, CPU of its tree, and peak MB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    if code not in accepted:
        raise SystemExit(f"{command} ended with {code}: {errors.decode(errors='replace')[-2000:]}")
    return {
        "wall_ms": wall * 1e3,
        "cpu_ms": (usage.ru_utime + usage.ru_stime) * 1e3,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def report(job, tool, runs, **more):
    """Prints minimum, median and maximum of each figure."""
    figures = {}
    for name in runs[0]:
        values = sorted(run[name] for run in runs)
        middle = values[len(values) // 2]
        figures[name] = {"min": round(values[0], 2), "median": round(middle, 2), "max": round(values[-1], 2)}
    print(json.dumps({"job": job, "tool": tool, "runs": len(runs), **figures, **more}), flush=True)


def commands(steps):
    return [f"echo {step} > s{step + 1}.txt" for step in range(steps)]


def plimsoll_repository(folder, steps):
    lines = ["model: bench", "task: regression", "steps:"]
    for step, command in enumerate(commands(steps)):
        lines += [f"  s{step}:", f"    run: {command}", f"    inputs: [s{step}.txt]", f"    outputs: [s{step + 1}.txt]"]
    (folder / "plimsoll.yaml").write_text("\n".join(lines) + "\n")
    (folder / "s0.txt").write_text("x\n")


def ninja_repository(folder, steps):
    lines = []
    for step, command in enumerate(commands(steps)):
        lines += [f"rule r{step}", f"  command = {command}", f"build s{step + 1}.txt: r{step} s{step}.txt"]
    (folder / "build.ninja").write_text("\n".join(lines) + "\n")
    (folder / "s0.txt").write_text("x\n")


def dvc_repository(folder, steps, dvc, environment):
    lines = ["stages:"]
    for step, command in enumerate(commands(steps)):
        lines += [f"  s{step}:", f"    cmd: {command}", f"    deps: [s{step}.txt]", f"    outs: [s{step + 1}.txt]"]
    (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")
    (folder / "s0.txt").write_text("x\n")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True, env=environment)
    subprocess.run([dvc, "init", "-q"], cwd=folder, check=True, env=environment)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--ninja")
    parser.add_argument("--dvc")
    arguments, _ = parser.parse_known_args()
    plimsoll = str(pathlib.Path(arguments.plimsoll).resolve())
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "DO_NOT_TRACK": "1"}

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        environment["PLIMSOLL_HOME"] = str(scratch / "home")
        report("version", "plimsoll", [measured([plimsoll, "--version"], scratch, environment) for _ in range(15)])

        firsts, noops = [], []
        for number in range(3):
            folder = scratch / f"repo{number}"
            folder.mkdir()
            plimsoll_repository(folder, arguments.steps)
            environment["PLIMSOLL_HOME"] = str(scratch / f"home{number}")
            firsts.append(measured([plimsoll, "run", "--no-gate", "-q"], folder, environment))
            measured([plimsoll, "run", "--no-gate", "-q"], folder, environment)
            for _ in range(arguments.runs):
                noops.append(measured([plimsoll, "run", "--no-gate", "-q"], folder, environment))
        report("first", "plimsoll", firsts, steps=arguments.steps)
        report("no-op", "plimsoll", noops, steps=arguments.steps)

        # The commands alone, as one shell would start them: what no tool can save.
        bare = scratch / "bare"
        bare.mkdir()
        script = "\n".join(f"sh -c '{command}'" for command in commands(arguments.steps))
        (bare / "all.sh").write_text(script + "\n")
        report("commands alone", "sh", [measured(["sh", "all.sh"], bare, environment) for _ in range(3)], steps=arguments.steps)

        for tool in ("ninja", "dvc"):
            program = getattr(arguments, tool)
            if not program:
                continue
            folder = scratch / tool
            folder.mkdir()
            if tool == "ninja":
                ninja_repository(folder, arguments.steps)
                call = [program]
            else:
                dvc_repository(folder, arguments.steps, program, environment)
                call = [program, "repro", "-q"]
            report("first", tool, [measured(call, folder, environment)], steps=arguments.steps)
            report("no-op", tool, [measured(call, folder, environment) for _ in range(3)], steps=arguments.steps)
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
