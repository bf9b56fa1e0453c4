"""Makes one recording: NAME [--to DIR]. Run it through `record`, which gives it a network and a home of its own.

In: a scenario of scenarios.py. Out: DIR/NAME/{logs.tar.gz,TRUTH.json,TRUTH_requests.jsonl,TRUTH_limiter_events.jsonl,README.md}.
"""

from __future__ import annotations

import argparse
import asyncio
import calendar
import json
import os
import random
import signal
import shutil
import sys
import time
from pathlib import Path

import clients
import packed
import scrub
from limits import Cut, Denied, Window
from newest import NEWEST
from scenarios import LANES, Scenario, SCENARIOS
from server import Clock, Server, iso

SCENARIOS |= NEWEST
# Refusals of one limiter that are closer than this are one episode.
PAUSE_S = 20 * 60.0
PROMPTS = [
    "Check that the notes in part {lane} of the project still match the code.",
    "Tidy the helper list in part {lane} of the project and check it.",
    "Look through part {lane} of the project and say what is missing.",
]


async def lane(scenario: Scenario, client: clients.Client, clock: Clock, index: int, end: float) -> None:
    """One agent: turns with pauses between them until the recording ends. The last one is stopped where it is."""
    name, chance = LANES[index], random.Random(f"{scenario.seed}/{index}")
    where = clients.work_dir(name)
    await clock.sleep(index * scenario.stagger_s)
    turn = -1
    while clock.now() < end:
        turn += 1
        prompt = chance.choice(PROMPTS).format(lane=name)
        now = time.time()
        env = clients.environment(client, clock.begin + (now - clock.real0) * clock.speed, now, clock.speed)
        process = await asyncio.create_subprocess_exec(
            *client.command(name, prompt), *(client.again if turn % 3 == 2 else []), cwd=where, env=env, stdin=asyncio.subprocess.DEVNULL,
            stdout=open(f"/tmp/{name}.out", "ab"), stderr=open(f"/tmp/{name}.err", "ab"), start_new_session=True)
        try:
            # A turn that was started may end a little after the recording's end.
            await asyncio.wait_for(process.wait(), max(1.0, (end + 240 - clock.now()) / clock.speed))
        except asyncio.TimeoutError:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 20)
            except asyncio.TimeoutError:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        await clock.sleep(scenario.think_s * chance.lognormvariate(0, 0.7))


async def readings(server: Server, every_min: float, end: float, to: Path) -> None:
    """Saves GET /usages as a user would: a file whose name has the minute."""
    to.mkdir(parents=True, exist_ok=True)
    while server.clock.now() < end:
        name = time.strftime("usage-%Y%m%dT%H%MZ.json", time.gmtime(server.clock.now()))
        (to / name).write_text(json.dumps(server.usages(), separators=(",", ":")))
        await server.clock.sleep(every_min * 60)


def episodes(server: Server) -> list[dict]:
    """What the limiters did, by limiter and pause."""
    out = []
    admitted = [r for r in server.requests if r["act"] == "ok"]
    for limit in server.limits:
        refused = [r for r in server.requests if r["act"] == f"refused:{limit.name}" and r.get("cause") == limit.cause]
        groups: list[list[dict]] = []
        for request in refused:
            if groups and request["start"] - groups[-1][-1]["end"] < PAUSE_S:
                groups[-1].append(request)
            else:
                groups.append([request])
        if isinstance(limit, Cut):
            groups = [[]]
        for group in groups:
            first, last = (group[0]["start"], group[-1]["end"]) if group else limit.span
            start, end = first, last
            episode = {"cause": limit.cause, "window_minutes": None, "cap": getattr(limit, "n", None), "quota": None}
            if isinstance(limit, Window):
                full = [e for e in limit.events if e["event"] == "full" and e["at"] <= first]
                free = [e["at"] for e in limit.events if e["event"] == "window_end" and e["at"] >= last and e["was_full"]]
                start, end = (full[-1]["at"] if full else first), (free[0] if free else last)
                episode |= {"window_minutes": limit.minutes, "quota": limit.quota, "quota_unit": limit.unit,
                            "window_kind": limit.kind, "reset": free[0] and iso(free[0]) if free else None}
            elif isinstance(limit, Denied):
                start, end = limit.span
            inside = [r for r in server.requests if start <= r["start"] <= end]
            before = [r["start"] for r in admitted if r["start"] < start]
            after = [r["start"] for r in admitted if r["start"] > end]
            episode |= {
                "from": iso(start), "to": iso(end), "attempts": len(inside), "refused": len(group),
                "admitted": sum(r["act"] == "ok" for r in inside),
                "first_refusal": iso(first) if group else None, "last_refusal": iso(last) if group else None,
                "last_admission_before": iso(before[-1]) if before else None,
                "first_admission_after": iso(after[0]) if after else None,
            }
            out.append(episode)
    return sorted(out, key=lambda e: e["from"])


def write(name: str, scenario: Scenario, client: clients.Client, server: Server, begin: float, end: float, to: Path) -> None:
    requests = server.requests
    counts: dict[str, int] = {}
    for request in requests:
        counts[request["act"]] = counts.get(request["act"], 0) + 1
    truth = {
        "incident": name, "client": client.name, "version": client.version, "tz": "UTC", "speed": scenario.speed,
        "recorded_from": iso(begin), "recorded_to": iso(end), "agents": scenario.lanes, "snapshots": scenario.snapshots,
        "requests": len(requests), "counts": counts, "user_agents": sorted({r["ua"] for r in requests}), "limiter": [limit.truth() for limit in server.limits],
        "episodes": episodes(server), "server": scenario.made,
    }
    (to / "TRUTH.json").write_text(json.dumps(truth, indent=1) + "\n")
    with (to / "TRUTH_requests.jsonl").open("w") as out:
        for request in requests:
            row = {k: round(v, 3) if isinstance(v, float) else v for k, v in request.items() if k != "ua"}
            out.write(json.dumps(row) + "\n")
    events = sorted((e | {"limiter": limit.name} for limit in server.limits for e in limit.events), key=lambda e: e["at"])
    (to / "TRUTH_limiter_events.jsonl").write_text("".join(
        json.dumps({k: iso(v) if k in ("at", "ends") and v is not None else v for k, v in e.items()}) + "\n" for e in events))
    readme(name, scenario, truth, to)


def readme(name: str, scenario: Scenario, truth: dict, to: Path) -> None:
    """The recording's README, from its truth and what the scenario says of it."""
    counts = truth["counts"]
    lines = [f"# {name}", "", f"{truth['client']} {truth['version']}, {truth['agents']} agents, {truth['requests']} requests "
             f"({', '.join(f'{n} {act}' for act, n in sorted(counts.items()))}).", "",
             f"**How it was made.** {scenario.made}", "", "**What is true.**", ""]
    if not truth["episodes"]:
        lines.append("- Nothing was refused.")
    for e in truth["episodes"]:
        figure = f", cap {e['cap']}" if e["cap"] else ""
        figure += f", {e['window_minutes']} minutes ({e['window_kind']}), quota {e['quota']} {e['quota_unit']}, " \
                  f"reset {e['reset']}" if e["window_minutes"] else ""
        lines.append(f"- `{e['cause']}` from {e['from']} to {e['to']}{figure}: {e['refused']} refused, {e['admitted']} admitted.")
    lines += ["", f"**What the client hides.** {scenario.hidden}", "",
              f"**What may be said from these files.** {scenario.honest}", "",
              f"Made again by `recordings/make/record {name}`."]
    (to / "README.md").write_text("\n".join(lines) + "\n")


async def main(name: str, to: Path) -> None:
    scenario = SCENARIOS[name]
    client = clients.CLIENTS[scenario.client]
    if scenario.speed != 1 and not client.fast:
        sys.exit(f"{client.name} cannot run on a faster clock.")
    begin = float(calendar.timegm(time.strptime(scenario.begin, "%Y-%m-%dT%H:%M:%SZ"))) if scenario.begin else None
    clock = Clock(begin, scenario.speed)
    begin, end = clock.begin, clock.begin + scenario.minutes * 60
    limits = scenario.limits(begin)
    usage = scenario.usage(limits, begin) if scenario.usage else {}
    # A window that is only shown counts what is used all the same.
    limits += [window for window in usage.values() if window not in limits]
    server = Server(clock, limits, scenario.plan, scenario.seed, headers=scenario.headers, usage_windows=usage, fan=scenario.fan,
                    extra=scenario.extra and scenario.extra(limits), otlp=str(clients.HOME / "otlp.jsonl"))
    client.setup()
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    background = [asyncio.create_task(server.run())]
    if scenario.snapshots:
        background.append(asyncio.create_task(readings(server, scenario.snapshots, end, to / "usage")))
    await asyncio.gather(*(lane(scenario, client, clock, i, end) for i in range(scenario.lanes)))
    over = clock.now()
    for task in background:
        task.cancel()
    scrub.SCRUBS[client.name](to / "logs")
    write(name, scenario, client, server, begin, over, to)
    packed.pack(to)
    print((to / "TRUTH.json").read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name", nargs="?", choices=sorted(SCENARIOS))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--readme", action="store_true", help="write only the README anew, from TRUTH.json")
    parser.add_argument("--to", type=Path, default=Path(__file__).resolve().parent.parent)
    asked = parser.parse_args()
    if asked.list or not asked.name:
        for key, value in SCENARIOS.items():
            print(f"{key:28} {value.client:11} {value.minutes / value.speed:5.1f} true minutes")
    elif asked.readme:
        at = asked.to.resolve() / asked.name
        readme(asked.name, SCENARIOS[asked.name], json.loads((at / "TRUTH.json").read_text()), at)
    else:
        asyncio.run(main(asked.name, asked.to.resolve() / asked.name))
