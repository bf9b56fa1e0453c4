"""How each client is set up and started. In: a home folder and a lane. Out: config files, a command line, an environment.

All clients talk to http://127.0.0.1:8399 and live in /home/user, which is the recording's own folder (see `record`).
`fast` says whether the client's clock can be made faster (libfaketime works for Python and Node; codex is a static binary,
opencode asks the kernel for its waits itself).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

OPT = Path("/opt/clients")
NODE = OPT / "js/node_modules/node/bin/node"
MODULES = OPT / "js/node_modules"
HOME = Path("/home/user")
URL = "http://127.0.0.1:8399"
FAKETIME = "/opt/clients/clockwait.so:/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
KEY = "sk-dummy"


@dataclass
class Client:
    name: str
    version: str
    fast: bool
    setup: Callable[[], None]
    command: Callable[[str, str], list[str]]  # lane, prompt
    env: dict


def _write(path: str, text: str) -> None:
    file = HOME / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


KIMI_TOML = f"""default_model = "kimi"
telemetry = false
[models.kimi]
provider = "kimi-code"
model = "kimi-for-coding"
max_context_size = 262144
[providers.kimi-code]
type = "kimi"
base_url = "{URL}/coding/v1"
api_key = "{KEY}"
"""

CODEX_TOML = f"""model = "gpt-5"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "{URL}/v1"
wire_api = "responses"
env_key = "MOCK_KEY"
"""

OPENCODE_JSON = {
    "autoupdate": False,
    "share": "disabled",
    "model": "moonshot/kimi-k2.5",
    "permission": "allow",
    "provider": {"moonshot": {
        "npm": "@ai-sdk/openai-compatible", "name": "moonshot",
        "options": {"baseURL": f"{URL}/v1", "apiKey": KEY},
        "models": {"kimi-k2.5": {"name": "kimi-k2.5", "limit": {"context": 262144, "output": 32768}}}}},
}

GEMINI_JSON = {
    "security": {"auth": {"selectedType": "gemini-api-key"}},
    "telemetry": {"enabled": True, "target": "local", "outfile": "/home/user/.gemini/telemetry.log", "logPrompts": False},
    "general": {"disableAutoUpdate": True, "disableUpdateNag": True},
    "privacy": {"usageStatisticsEnabled": False},
}

QWEN_JSON = {
    "security": {"auth": {"selectedType": "openai"}},
    "general": {"disableAutoUpdate": True, "disableUpdateNag": True, "enableAutoUpdate": False},
    "privacy": {"usageStatisticsEnabled": False},
}

AIDER = ["--model", "openai/kimi-k2.5", "--no-git", "--no-check-update", "--no-show-model-warnings", "--yes-always", "--no-pretty",
         "--no-stream", "--map-tokens", "0", "--no-browser", "--no-show-release-notes", "--no-suggest-shell-commands",
         "--analytics-disable", "--llm-history-file", ".aider.llm.history"]

CLIENTS = {c.name: c for c in [
    Client("kimi-code", "2.1.0", True,
           lambda: _write(".kimi-code/config.toml", KIMI_TOML),
           lambda lane, prompt: [str(NODE), str(MODULES / "@moonshot-ai/kimi-code/dist/main.mjs"), "-p", prompt],
           {"KIMI_CODE_HOME": "/home/user/.kimi-code", "KIMI_CODE_NO_AUTO_UPDATE": "1"}),
    Client("kimi-cli", "1.51.0", True,
           lambda: _write(".kimi/config.toml", KIMI_TOML),
           lambda lane, prompt: [str(OPT / "py/bin/kimi"), "--print", "--yolo", "-p", prompt],
           {"KIMI_SHARE_DIR": "/home/user/.kimi", "KIMI_CLI_NO_AUTO_UPDATE": "1"}),
    Client("codex", "0.169.0", False,
           lambda: _write(".codex/config.toml", CODEX_TOML),
           lambda lane, prompt: [str(MODULES / ".bin/codex"), "exec", "--skip-git-repo-check",
                                 "--dangerously-bypass-approvals-and-sandbox", prompt],
           {"CODEX_HOME": "/home/user/.codex", "MOCK_KEY": KEY}),
    Client("opencode", "1.18.33", False,
           lambda: _write(".config/opencode/opencode.json", json.dumps(OPENCODE_JSON)),
           lambda lane, prompt: [str(MODULES / ".bin/opencode"), "run", prompt],
           {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"}),
    Client("gemini-cli", "0.61.0", True,
           lambda: _write(".gemini/settings.json", json.dumps(GEMINI_JSON)),
           lambda lane, prompt: [str(NODE), str(MODULES / "@google/gemini-cli/bundle/gemini.js"), "--yolo",
                                 "-m", "gemini-2.5-flash", "-p", prompt],
           {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": URL, "GEMINI_CLI_NO_RELAUNCH": "true",
            "GEMINI_CLI_TRUST_WORKSPACE": "true"}),
    # True time: its waits are the SDK's, and its histories tell whole seconds.
    Client("aider", "0.86.2", False,
           lambda: _write(".aider/.keep", ""),
           lambda lane, prompt: [str(OPT / "aider/bin/aider"), *AIDER, "--message", prompt, "notes.md"],
           {"OPENAI_API_KEY": KEY, "OPENAI_API_BASE": f"{URL}/v1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}),
    Client("qwen-code", "0.24.4", True,
           lambda: _write(".qwen/settings.json", json.dumps(QWEN_JSON)),
           lambda lane, prompt: [str(NODE), str(OPT / "qwen/node_modules/@qwen-code/qwen-code/cli.js"), "--yolo", "-p", prompt],
           {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{URL}/v1", "OPENAI_MODEL": "kimi-k2.5", "QWEN_CODE_NO_RELAUNCH": "true"}),
    Client("litellm", "1.83.0", True,
           lambda: _write(".litellm/.keep", ""),
           lambda lane, prompt: [str(OPT / "py/bin/python"), str(Path(__file__).parent / "litellm_agent.py"), lane, prompt],
           {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENAI_API_KEY": KEY}),
]}


def environment(client: Client, begin: float, real: float, speed: float) -> dict:
    """What the client sees: a plain home, no proxy, and a clock that says `begin` now and runs `speed` times as fast."""
    env = {"HOME": str(HOME), "USER": "user", "LOGNAME": "user", "TZ": "UTC", "LANG": "C.UTF-8", "TERM": "xterm",
           "NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1", "DO_NOT_TRACK": "1",
           "PATH": f"{NODE.parent}:/usr/local/bin:/usr/bin:/bin", "SHELL": "/bin/bash"} | client.env
    if client.fast:
        env |= {"LD_PRELOAD": FAKETIME, "FAKETIME": f"{begin - real:+.6f} x{speed:g}"}
    return env


def project(lane: str) -> Path:
    """A small project to work in."""
    at = HOME / "src" / lane
    (at / "src").mkdir(parents=True, exist_ok=True)
    (at / "notes.md").write_text("# Notes\n- keep names short\n- compare the two lists\n")
    (at / "src/util.py").write_text("def names():\n    return ['a', 'b']\n")
    (at / "src/check.py").write_text("from util import names\n\nassert names()\n")
    return at


def work_dir(lane: str) -> str:
    at = project(lane)
    os.makedirs(at, exist_ok=True)
    return str(at)
