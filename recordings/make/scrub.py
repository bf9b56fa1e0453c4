"""From a client's home to logs that may be given away. In: /home/user as the client left it. Out: files under `to`.

Structure stays, line for line; long words of the client's vendor (system prompts, tool descriptions, reminders) become a note
with their length. Nothing is taken for an error's text: those are short, and are what the recording is for.
"""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

HOME = Path("/home/user")
LONGEST = 360
# Injected frames that are the vendor's words though they are short.
FRAMES = re.compile(r"^\s*<(system-reminder|environment_context|skills_instructions|user_instructions|permissions|system>)")
# Keys whose value is kept whatever its length: what went wrong.
KEPT = re.compile(r"error|message_str|traceback|exception|response_headers|feedback", re.I)


def left_out(text: str) -> str:
    return f"(left out: {len(text)} characters)"


def thin(value, key: str = ""):
    """The same JSON with long words left out and lists of tools down to their names."""
    if isinstance(value, str):
        if KEPT.search(key) or not (len(value) > LONGEST or FRAMES.match(value)):
            return value
        try:
            inner = json.loads(value)
        except ValueError:
            return left_out(value)
        return json.dumps(thin(inner)) if isinstance(inner, (dict, list)) else left_out(value)
    if isinstance(value, list):
        if key in ("tools", "dynamic_tools") and value and all(isinstance(v, dict) for v in value):
            return [{"name": v.get("name") or (v.get("function") or {}).get("name"), "description": "(left out)"} for v in value]
        return [thin(v, key) for v in value]
    if isinstance(value, dict):
        return {k: thin(v, k) for k, v in value.items()}
    return value


def lines(source: Path, to: Path) -> None:
    """JSONL, thinned; a line that is no JSON stays as it is (a cut last line is part of a recording)."""
    to.parent.mkdir(parents=True, exist_ok=True)
    out = []
    for line in source.read_text(errors="replace").splitlines(keepends=True):
        try:
            out.append(json.dumps(thin(json.loads(line)), ensure_ascii=False, separators=(",", ":")) + "\n")
        except ValueError:
            out.append(line)
    to.write_text("".join(out))


# Where this machine keeps Python, as tracebacks say it.
PYTHON = re.compile(rb"/[\w./-]*/\.pyenv/versions/")


def copy(source: Path, to: Path) -> None:
    if source.exists():
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(PYTHON.sub(b"/opt/python/", source.read_bytes()))


def kimi_code(to: Path) -> None:
    home = HOME / ".kimi-code"
    for name in ("config.toml", "workspaces.json", "session_index.jsonl", "logs/kimi-code.log"):
        copy(home / name, to / name)
    for file in sorted((home / "sessions").rglob("*")):
        at = to / file.relative_to(home)
        if file.name == "wire.jsonl":
            lines(file, at)
        elif file.name in ("state.json", "kimi-code.log"):
            copy(file, at)


def kimi_cli(to: Path) -> None:
    home = HOME / ".kimi"
    for file in sorted((home / "logs").glob("*.log")):
        copy(file, to / "logs" / file.name)
    copy(home / "config.toml", to / "config.toml")
    copy(home / "kimi.json", to / "kimi.json")
    for file in sorted((home / "sessions").rglob("*")):
        at = to / file.relative_to(home)
        if file.name == "wire.jsonl":
            lines(file, at)
        elif file.name == "state.json":
            copy(file, at)


def codex(to: Path) -> None:
    home = HOME / ".codex"
    copy(home / "config.toml", to / "config.toml")
    for file in sorted((home / "sessions").rglob("*.jsonl")):
        lines(file, to / file.relative_to(home))


def opencode(to: Path) -> None:
    home = HOME / ".local/share/opencode"
    for file in sorted((home / "log").glob("*.log")):
        copy(file, to / "log" / file.name)
    if not (home / "opencode.db").exists():
        return
    to.mkdir(parents=True, exist_ok=True)
    # One file without a write-ahead log, small pages, so that it stays small in the repository.
    db = sqlite3.connect(home / "opencode.db")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("PRAGMA journal_mode=DELETE")
    db.execute("PRAGMA page_size=1024")
    db.execute("VACUUM")
    for table, in db.execute("SELECT name FROM sqlite_master WHERE type='table' AND name IN ('message','part','session')").fetchall():
        columns = [c[1] for c in db.execute(f"PRAGMA table_info({table})")]
        if "data" in columns:
            for rowid, data in db.execute(f"SELECT rowid, data FROM {table}").fetchall():
                thinned = json.dumps(thin(json.loads(data)), separators=(",", ":"))
                db.execute(f"UPDATE {table} SET data=? WHERE rowid=?", (thinned, rowid))
    # The journal of all changes to the tables above: two thirds of the file.
    if db.execute("SELECT 1 FROM sqlite_master WHERE name='event'").fetchone():
        db.execute("DELETE FROM event")
    db.commit()
    db.execute("VACUUM")
    db.close()
    copy(home / "opencode.db", to / "opencode.db")


# Attributes of Gemini's telemetry that hold prompts, settings or the machine.
GEMINI_DROPPED = re.compile(r"prompt$|request_text|response_text|functions|gen_ai\.(input|output|system|tool)", re.I)


GEMINI_KEPT = re.compile(r"gemini_cli\.(config|user_prompt|api_request|api_response|api_error|tool_call)")


def gemini_cli(to: Path) -> None:
    home = HOME / ".gemini"
    text = (home / "telemetry.log").read_text(errors="replace") if (home / "telemetry.log").exists() else ""
    decoder, at, out = json.JSONDecoder(), 0, []
    while (start := text.find("{", at)) >= 0:
        try:
            record, at = decoder.raw_decode(text, start)
        except ValueError:
            break
        # Metrics (cumulative sums, once in ten seconds), spans and `gen_ai` doubles of each record are most of the file.
        event = str(record.get("attributes", {}).get("event.name", ""))
        if "_body" not in record or not GEMINI_KEPT.fullmatch(event):
            continue
        record["resource"] = {"attributes": {"service.name": "gemini-cli"}} if "resource" in record else None
        record["attributes"] = {k: v for k, v in thin(record["attributes"]).items() if not GEMINI_DROPPED.search(k)}
        out.append(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    to.mkdir(parents=True, exist_ok=True)
    (to / "telemetry.log").write_text("".join(out))
    for file in sorted((home / "tmp").rglob("chats/*.json*")):
        lines(file, to / file.relative_to(home))


def litellm(to: Path) -> None:
    home = HOME / ".litellm"
    lines(home / "standard_logging.jsonl", to / "standard_logging.jsonl")
    for file in sorted(home.glob("agent-*.log")):
        copy(file, to / file.name)


def qwen(to: Path) -> None:
    home = HOME / ".qwen"
    for file in sorted((home / "projects").rglob("chats/*.jsonl")):
        lines(file, to / file.relative_to(home))


# A history of aider's model requests: the lines that part them stay, and of what was sent the length.
AIDER_FRAME = re.compile(r"(TO LLM |LLM RESPONSE )\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")


def aider(to: Path) -> None:
    for lane in sorted(p for p in (HOME / "src").iterdir() if p.is_dir()):
        copy(lane / ".aider.chat.history.md", to / lane.name / ".aider.chat.history.md")
        source = lane / ".aider.llm.history"
        if not source.exists():
            continue
        out, left, sent = [], 0, False
        for line in source.read_text(errors="replace").split("\n"):
            frame = AIDER_FRAME.match(line)
            if frame:
                if left:
                    out.append(left_out("x" * left))
                left, sent = 0, line.startswith("TO LLM")
            if sent and not frame:
                left += len(line) + 1
            else:
                out.append(line)
        if left:
            out.append(left_out("x" * left))
        (to / lane.name).mkdir(parents=True, exist_ok=True)
        (to / lane.name / ".aider.llm.history").write_text("\n".join(out))


def claude_code(to: Path) -> None:
    for file in sorted((HOME / ".claude/projects").rglob("*.jsonl")):
        lines(file, to / "projects" / file.relative_to(HOME / ".claude/projects"))
    if (HOME / "otlp.jsonl").exists():
        lines(HOME / "otlp.jsonl", to / "otlp/claude-code-events.jsonl")


def pi(to: Path) -> None:
    home = HOME / ".pi/agent"
    for file in sorted((home / "sessions").rglob("*.jsonl")):
        lines(file, to / file.relative_to(home))


def copilot(to: Path) -> None:
    home = HOME / ".copilot"
    for file in sorted((home / "session-state").rglob("events.jsonl")):
        lines(file, to / file.relative_to(home))
    for file in sorted((home / "logs").glob("process-*.log")):
        # What is of interest is logged as JSON over several lines; the rest is the start of the program.
        copy(file, to / file.relative_to(home))


def cline(to: Path) -> None:
    home = HOME / ".cline"
    for file in sorted((home / "data/sessions").rglob("*.json")):
        at = to / file.relative_to(home)
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(json.dumps(thin(json.loads(file.read_text(errors="replace"))), ensure_ascii=False, indent=2))


SCRUBS = {"kimi-code": kimi_code, "kimi-cli": kimi_cli, "codex": codex, "opencode": opencode, "gemini-cli": gemini_cli,
          "litellm": litellm, "qwen-code": qwen, "aider": aider,
          "claude-code": claude_code, "pi": pi, "copilot-cli": copilot, "cline-cli": cline}

