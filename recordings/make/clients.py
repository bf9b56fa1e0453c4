"""How each client is set up and started. In: a home folder and a lane. Out: config files, a command line, an environment.

All clients talk to http://127.0.0.1:8399 and live in /home/user, which is the recording's own folder (see `record`).
`fast` says whether the client's clock can be made faster (libfaketime works for Python and Node; codex is a static binary,
opencode asks the kernel for its waits itself).
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, replace
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
    again: tuple[str, ...] = ()  # added in every third turn: takes the last session up


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

# pi reads a provider of one's own from here.
PI_MODELS = {"providers": {"mock": {
    "baseUrl": f"{URL}/v1", "api": "openai-completions", "apiKey": KEY,
    "models": [{"id": "kimi-k2.5", "name": "kimi-k2.5", "reasoning": False, "input": ["text"], "contextWindow": 262144, "maxTokens": 32768,
                "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0}}]}}}

CLAUDE_OTEL = {"CLAUDE_CODE_ENABLE_TELEMETRY": "1", "OTEL_LOGS_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "none",
               "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_ENDPOINT": URL, "OTEL_LOGS_EXPORT_INTERVAL": "1000"}
CLAUDE_LOGIN = {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-dummy"}


def claude(version: str = "2.1.332", auth: dict | None = None, more: dict | None = None) -> Client:
    """Claude Code: one program a version. npm picks an older one on an old Node, so each version has a folder of its own."""
    program = str(OPT / f"claude-{version}/node_modules/@anthropic-ai/claude-code-linux-x64/claude")
    env = {"ANTHROPIC_BASE_URL": URL, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1",
           "DISABLE_AUTOUPDATER": "1", "IS_SANDBOX": "1", "API_TIMEOUT_MS": "60000"}
    return Client("claude-code", version, False, lambda: _write(".claude/.keep", ""),
                  lambda lane, prompt: [program, "-p", prompt, "--output-format", "json", "--dangerously-skip-permissions"],
                  env | (auth or {"ANTHROPIC_API_KEY": "dummy"}) | (more or {}), again=("--continue",))


def claude_terminal(version: str = "2.1.332", seconds: int = 45) -> Client:
    """The terminal program under a pseudo terminal, interrupted after some seconds."""
    one = claude(version, {"ANTHROPIC_API_KEY": "sk-ant-dummy-00000000000000000000"})

    def setup() -> None:
        trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        _write(".claude.json", json.dumps({
            "hasCompletedOnboarding": True, "theme": "dark", "bypassPermissionsModeAccepted": True,
            "customApiKeyResponses": {"approved": ["00000000000000000000"], "rejected": []},
            "projects": {f"{HOME}/src/{lane}": trusted for lane in ("api", "web", "docs", "etl", "qa")}}))
        _write(".claude/settings.json", json.dumps({"skipDangerousModePermissionPrompt": True}))

    terminal = str(Path(__file__).parent / "terminal.py")
    return replace(one, setup=setup, again=(), command=lambda lane, prompt: [
        "python3", terminal, str(seconds), one.command(lane, prompt)[0], "--dangerously-skip-permissions", prompt])


def cline_setup() -> None:
    _write(".cline/.keep", "")
    subprocess.run([str(MODULES / ".bin/cline"), "auth", "-p", "openai", "-k", KEY, "-m", "kimi-k2.5", "-b", f"{URL}/v1"], cwd=HOME,
                   env={"HOME": str(HOME), "PATH": f"{NODE.parent}:/usr/bin:/bin"}, stdin=subprocess.DEVNULL, timeout=60, check=False)


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
    claude(),
    Client("pi", "1.6.0", False,
           lambda: _write(".pi/agent/models.json", json.dumps(PI_MODELS)),
           lambda lane, prompt: [str(NODE), str(MODULES / "@earendil-works/pi-coding-agent/dist/cli.js"), "--provider", "mock",
                                 "--model", "kimi-k2.5", "-p", prompt],
           {"PI_OFFLINE": "1", "PI_SKIP_VERSION_CHECK": "1"}),
    Client("copilot-cli", "1.0.102", False,
           lambda: _write(".copilot/.keep", ""),
           lambda lane, prompt: [str(NODE), str(MODULES / ".bin/copilot"), "-p", prompt, "--yolo", "--log-level", "all"],
           {"COPILOT_PROVIDER_BASE_URL": f"{URL}/v1", "COPILOT_PROVIDER_TYPE": "openai", "COPILOT_PROVIDER_API_KEY": KEY,
            "COPILOT_MODEL": "gpt-5", "COPILOT_AUTO_UPDATE": "false", "COPILOT_OFFLINE": "true"}),
    Client("cline-cli", "3.0.65", False,
           cline_setup,
           lambda lane, prompt: [str(MODULES / ".bin/cline"), "--json", "-c", f"{HOME}/src/{lane}", prompt],
           {"CLINE_NO_AUTO_UPDATE": "1", "CLINE_TELEMETRY_DISABLED": "1"}),
]}
# The same programs, set up otherwise, or another version of them: scenarios name these.
CLIENTS |= {
    "claude-code-login": claude(auth=CLAUDE_LOGIN),
    "claude-code-otel": claude(more=CLAUDE_OTEL),
    "claude-code-terminal": claude_terminal(),
    "claude-code-265": claude("2.1.265"),
    "codex-171": replace(CLIENTS["codex"], version="0.171.0",
                         command=lambda lane, prompt: [str(OPT / "codex-0.171.0/node_modules/.bin/codex"), "exec", "--skip-git-repo-check",
                                                       "--dangerously-bypass-approvals-and-sandbox", prompt]),
}


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
