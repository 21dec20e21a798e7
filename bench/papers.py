"""What the papers and the image of a released model cost, beside programs that make one of them each.

usage: python3 bench/papers.py --plimsoll target/release/plimsoll --demo FOLDER [--peers VENV/bin] [--megabytes 1024]

FOLDER is one in which `plimsoll demo` was called. --peers names the folder that holds model_signing, cyclonedx-py
and pip-licenses. One JSON line for each job and program: wall, CPU and peak memory of --rounds rounds, in which the
programs take turns.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import tempfile

from pipeline import measured, report

MODEL = "bike-demand@champion"


def jobs(plimsoll, python, key, peers, scratch):
    """Returns the commands of each job by program; each round finds no result of the one before."""
    model = scratch / "model"
    environment = str(pathlib.Path(python).parent.parent)
    of_plimsoll = {
        "sign": ["model", "sign", str(model), "--signature", str(scratch / "own.sig")],
        "verify": ["verify", str(model), "--signature", str(scratch / "own.sig"), "--public-key", str(key) + ".pub"],
        "sbom": ["model", "sbom", MODEL, "--output", str(scratch / "own.cdx.json")],
        "sbom of an environment": ["scan", "licenses", "--format", "cyclonedx", "--environment", environment],
        "licenses": ["scan", "licenses", "--environment", environment],
        "card": ["model", "card", MODEL, "--output", str(scratch / "card.md")],
        "dossier": ["model", "dossier", MODEL, "--output", str(scratch / "dossier.tar")],
        "image": ["package", MODEL, "--no-scan", "--output", str(scratch / "image.tar")],
        "image, zstd": ["package", MODEL, "--no-scan", "--compression", "zstd", "--output", str(scratch / "image.tar")],
    }
    of_peers = {}
    if peers:
        signed = ["--signature", str(scratch / "peer.sig")]
        of_peers = {
            "sign": [str(peers / "model_signing"), "sign", "key", str(model), *signed, "--private_key", str(key)],
            "verify": [str(peers / "model_signing"), "verify", "key", str(model), *signed, "--public_key", str(key) + ".pub"],
            "sbom of an environment": [str(peers / "cyclonedx-py"), "environment", "--gather-license-texts", "-o", str(scratch / "peer.cdx.json"), python],
            "licenses": [str(peers / "pip-licenses"), "--python", python],
        }
    for job, arguments in of_plimsoll.items():
        programs = {"plimsoll": [plimsoll, *arguments]}
        if job in of_peers:
            programs["peer"] = of_peers[job]
        yield job, programs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--demo", type=pathlib.Path, required=True)
    parser.add_argument("--peers", type=pathlib.Path)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    plimsoll = str(pathlib.Path(arguments.plimsoll).resolve())
    demo = arguments.demo.resolve()
    environment = dict(os.environ, PLIMSOLL_HOME=str(demo / "home"))
    pythons = sorted((demo / "home" / "environments").glob("*/bin/python"))
    if not pythons:
        raise SystemExit(f"{demo} has no environment: call `plimsoll demo` there")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        key = scratch / "key.pem"
        make = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out"
        subprocess.run([*make.split(), str(key)], check=True, stderr=subprocess.DEVNULL)
        key.chmod(0o600)
        subprocess.run(["openssl", "pkey", "-in", str(key), "-pubout", "-out", f"{key}.pub"], check=True)
        environment["PLIMSOLL_SIGNING_KEY"] = str(key)
        (scratch / "model").mkdir()
        with open(scratch / "model" / "weights.bin", "wb") as weights:
            for _ in range(arguments.megabytes):
                weights.write(os.urandom(1 << 20))
        peers = arguments.peers.resolve() if arguments.peers else None
        for job, programs in jobs(plimsoll, str(pythons[0]), key, peers, scratch):
            runs = {program: [] for program in programs}
            for _ in range(arguments.rounds):
                made = ["card.md", "dossier.tar", "image.tar", "own.cdx.json", "peer.cdx.json"]
                for left in made + ["own.sig", "peer.sig"] * (job == "sign"):
                    (scratch / left).unlink(missing_ok=True)
                for program, command in programs.items():
                    # The demo's key, for what its trust file must know.
                    own = environment if job in ("sign", "verify") else {**environment, "PLIMSOLL_SIGNING_KEY": ""}
                    # That a license is to be looked at is an answer too.
                    accepted = (0, 1) if job == "licenses" else (0,)
                    runs[program].append(measured(command, demo / "bike-demand", own, accepted))
            for program, figures in runs.items():
                report(job, program, figures)
        shutil.rmtree(scratch / "model")


if __name__ == "__main__":
    main()
