"""Puts the measured figures of both files side by side into README.md."""

import json
from pathlib import Path

BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
FILES = ("simulated", "real")
WAPE, R2, EVENING, BREACH = 0.25, 0.75, 0.30, 0.30


def renew(readme: Path, folder: Path) -> None:
    """Replaces what stands between the marks by tables of the measurements that are there."""
    results = {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in FILES
        if (folder / f"{name}.json").exists()
    }
    parts = [table(name, result) for name, result in results.items()]
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    middle = "\n" + "\n".join(parts) + "\n"
    readme.write_text(before + BEGIN + middle + END + after, encoding="utf-8")


def table(name: str, result: dict) -> str:
    tools = ", ".join(f"{tool} {version}" for tool, version in result["with"].items())
    lines = [f"## {name.capitalize()} file", "", f"Measured {result['measured']}: {tools}.", ""]
    lines += ["| day | what | WAPE | R2 | evening | gain | verdict |", "|" + "---|" * 7]
    lines += [row(step) for step in result["story"] + result["changes"]]
    first = result["story"][0]
    alone = list(result["spearman-squared"].items())[:4]
    lines += [
        "",
        f"First model: {first['train-rows']} rows learned from, {first['rows']} rows of "
        f"{first['days']} days held out; MAE {first['mae'][0]:.1f}, of the mean per hour "
        f"{first['baseline-mae-by-hour']:.1f}, of the mean {first['baseline-mae']:.1f}.",
        "",
        "Squared Spearman correlation with the target, held-out days: "
        + ", ".join(f"`{column}` {share}" for column, share in alone)
        + ".",
        "",
    ]
    return "\n".join(lines)


def row(step: dict) -> str:
    if step["kind"] == "window":
        what = f"window {step['from']} to {step['to']} of {step['model']}"
        what += f" (bias {step['bias']:+.0f})"
        verdict = "**breach**" if step["wape"][1] > BREACH else "calm"
        return f"| {step['date']} | {what} | {figure(step['wape'])} | | | | {verdict} |"
    what = f"`{step['key']}`" + (f", window {step['window']}" if "window" in step else "")
    what += f", {step['train-rows']} rows"
    gain = figure(step["gain"], percent=True) if "gain" in step else ""
    figures = " | ".join(figure(step[metric]) for metric in ("wape", "r2", "evening"))
    return f"| {step['date']} | {what} | {figures} | {gain} | {verdict_of(step)} |"


def verdict_of(step: dict) -> str:
    """Returns `pass`, or what stops it: a rule passes at the worse end and blocks at the better."""
    rules = {
        "WAPE": outcome(-step["wape"][2], -step["wape"][1], -WAPE),
        "R2": outcome(step["r2"][1], step["r2"][2], R2),
        "evening": outcome(-step["evening"][2], -step["evening"][1], -EVENING),
    }
    if "margin" in step:
        rules["champion"] = outcome(step["margin"][1], step["margin"][2], 0.0)
    stopped = [f"{rule} {said}" for rule, said in rules.items() if said != "pass"]
    return "**stopped**: " + ", ".join(stopped) if stopped else "pass"


def outcome(worse: float, better: float, limit: float) -> str:
    if worse >= limit:
        return "pass"
    return "block" if better < limit else "inconclusive"


def figure(interval: list[float], percent: bool = False) -> str:
    if percent:
        value, low, high = (100 * end for end in interval)
        return f"{value:.1f} % [{low:.1f}, {high:.1f}]"
    value, low, high = interval
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
