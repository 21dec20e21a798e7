"""What it costs to scan model files, beside other scanners. One JSON line for each file and program.

usage: python3 bench/scan.py --plimsoll target/release/plimsoll [--peers VENV/bin] [--megabytes 1024]

Makes its files in a temporary folder: tensors in an archive of PyTorch and in a pickle, a vocabulary of three
million words, twenty million numbers. --peers names the folder that holds picklescan and modelscan; what they do
with a file is theirs: they stop at the first thing that they cannot read.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import pickle
import struct
import tempfile
import zipfile

from pipeline import measured

MEGABYTE = 1 << 20


def tensors(megabytes):
    """Yields numbers in pieces of 64 MB, which are no instructions of a pickle."""
    piece = struct.pack("<4f", 0.1, -0.2, 0.3, -0.4) * (4 * MEGABYTE)
    for _ in range(megabytes // 64):
        yield piece


def archive(path, megabytes):
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQ"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00K\x02\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", b"\x80\x02}X\x01\x00\x00\x00w" + tensor + b"s.")
        for number, piece in enumerate(tensors(megabytes)):
            file.writestr(f"archive/data/{number}", piece)
        file.writestr("archive/version", "3\n")


def numbers(path, megabytes):
    with open(path, "wb") as file:
        file.write(b"\x80\x04](")
        for piece in tensors(megabytes):
            file.write(b"B" + struct.pack("<I", len(piece)) + piece)
        file.write(b"e.")


def stored(value):
    return lambda path, _: path.write_bytes(pickle.dumps(value(), 4))


FILES = {
    "archive.pt": archive,
    "tensors.pkl": numbers,
    "vocabulary.pkl": stored(lambda: {f"word{number}": number for number in range(3_000_000)}),
    "numbers.pkl": stored(lambda: list(range(20_000_000))),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", required=True)
    parser.add_argument("--peers", type=pathlib.Path)
    parser.add_argument("--megabytes", type=int, default=1024)
    arguments, _ = parser.parse_known_args()
    plimsoll = str(pathlib.Path(arguments.plimsoll).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name, make in FILES.items():
            path = scratch / name
            # In a process of its own: what it holds would count for the programs that are started after it.
            maker = multiprocessing.Process(target=make, args=(path, arguments.megabytes))
            maker.start()
            maker.join()
            programs = {"plimsoll": [plimsoll, "scan", "model", str(path)]}
            for peer in ["picklescan", "modelscan"] if arguments.peers else []:
                programs[peer] = [str(arguments.peers.resolve() / peer), "-p", str(path)]
            for program, command in programs.items():
                try:
                    figures = measured(command, scratch, dict(os.environ))
                except SystemExit as refusal:
                    figures = {"refused": str(refusal)[-200:]}
                size = path.stat().st_size
                print(json.dumps({"file": name, "bytes": size, "program": program, **figures}), flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
