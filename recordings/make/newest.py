"""The newest clients: Claude Code request by request, Codex 0.171, pi, Copilot CLI, Cline CLI, opencode with titles.

All run in true time, so their incidents last minutes. As in scenarios.py, `hidden` is what the client does not write, and
`honest` what a careful person could say from the files alone. The server may hold a slot up to 5 s after a client had its
answer; TRUTH.json says where it did (`server_pacing`).
"""

from __future__ import annotations

from limits import Cap, Cut, Denied, Overload, Window
from scenarios import M, QUICK, Scenario
from server import Plan, unified

FIVE = Plan(median_s=5, longest_s=25, steps=(1, 4))
NINE = Plan(median_s=9, longest_s=30, steps=(1, 4))
HIDES_CLAUDE = ("Claude Code 2.1.332 writes an `api-request` line for each request that leaves. With `-p` each retry has an `api_error` "
                "record; in subagents and in the terminal program a retry has none, so its status and text are not logged.")

NEWEST = {
    "claude-code-cap2": Scenario(
        "claude-code", 5, 5, lambda t: [Cap(2, "ant_429_conc", retry_after=3, until=t + 4.2 * M)], plan=NINE, think_s=5, stagger_s=6, seed=6,
        made="Five `claude -p` agents on two slots, true time; the text names concurrent connections, Retry-After 3; lifted after 4.2 minutes.",
        hidden=HIDES_CLAUDE, honest="The text names concurrent connections, and every start and end is logged: concurrency_cap, 2."),
    "claude-code-subagents-cap3": Scenario(
        "claude-code", 2, 5.5, lambda t: [Cap(3, "ant_429_account", until=t + 4.6 * M)], plan=Plan(median_s=8, longest_s=25, steps=(2, 4)),
        think_s=5, stagger_s=6, seed=14, fan=3,
        made="Two agents with three subagents each on three slots, true time; 429 with the account's ambiguous sentence; lifted after 4.6 minutes.",
        hidden=HIDES_CLAUDE + " 41 of the 57 refusals are such retries.",
        honest="Refusals come while others are served and end as soon as fewer run: concurrency_cap, about 3."),
    "claude-code-terminal-overload": Scenario(
        "claude-code-terminal", 2, 3.2,
        lambda t: [Overload(21, t + 0.3 * M, t + 2.4 * M, 40, 12, 0.8, [(529, "ant_529"), (429, "ant_429_account")])], plan=FIVE, think_s=5,
        stagger_s=6, seed=64,
        made="Two sessions of the terminal program; 529 and 429 in bursts, true time. The terminal is interrupted after 45 s.",
        hidden=HIDES_CLAUDE + " Not one of the 22 refusals has a status or a text.",
        honest="Two agents are refused at low in-flight without a word why: undetermined."),
    "claude-code-window": Scenario(
        "claude-code-login", 3, 7, lambda t: [Window("fixed", 300, 300_000, "ant_429_account", ends=t + 5 * M, used=180_000)], plan=FIVE,
        think_s=8, stagger_s=6, seed=7, extra=unified,
        made="Three `claude -p` agents with a subscription token; the 5-hour window is nearly used up and resets 5 minutes after the start, "
             "then fills again; `anthropic-ratelimit-unified-*` headers, true time.",
        hidden=HIDES_CLAUDE, honest="`quotaLimits` names the window and its reset to the second: token_window, 300 minutes, twice."),
    "claude-code-hang": Scenario(
        "claude-code", 3, 6, lambda t: [Cut(t + 1.0 * M, t + 4.0 * M, how="hang")], plan=FIVE, think_s=5, stagger_s=6, seed=15,
        made="Three `claude -p` agents (API_TIMEOUT_MS 60000); from 1 to 4 minutes the server takes connections and never answers, then resets "
             "them; three streams are cut when it begins. True time.",
        hidden=HIDES_CLAUDE, honest="\"Request timed out.\" from all agents at once, nothing from a provider: network."),
    "claude-code-access": Scenario(
        "claude-code", 3, 4, lambda t: [Denied("access", t + 1.0 * M, t + 2.8 * M, 403, "ant_403")], plan=FIVE, think_s=5, stagger_s=6, seed=16,
        made="Three `claude -p` agents; from 1 to 2.8 minutes each request gets 403, permission_error. True time.",
        hidden=HIDES_CLAUDE, honest="The error's class is `oauth_org_not_allowed`: access."),
    "claude-code-otel-overload": Scenario(
        "claude-code-otel", 2, 4, lambda t: [Denied("overload", t + 0.3 * M, t + 3.7 * M, 529, "ant_529")], plan=FIVE, think_s=5, stagger_s=6, seed=63,
        made="Two `claude -p` agents with OpenTelemetry logs beside the transcripts; every request gets 529 for 3.4 minutes. True time.",
        hidden=HIDES_CLAUDE + " The events have a row for an answer or a failure, which stands for up to eleven requests.",
        honest="529 with overloaded_error: overload."),
    "claude-code-quiet": Scenario(
        "claude-code", 2, 2.5, lambda t: [], plan=FIVE, think_s=5, stagger_s=6, seed=3, made="Two `claude -p` agents, nothing refused. True time.",
        hidden=HIDES_CLAUDE, honest="Nothing was refused, and no retry can hide."),
    "claude-code-265-overload": Scenario(
        "claude-code-265", 2, 1.5,
        lambda t: [Overload(13, t + 0.2 * M, t + 1.2 * M, 70, 5, 0.85, [(529, "ant_529"), (429, "ant_429_account")])], plan=FIVE, think_s=5,
        stagger_s=6, seed=9,
        made="Two `claude -p` agents of version 2.1.265, before requests had a line; 529 and 429 in bursts, true time.",
        hidden="2.1.265 writes the answers only: none of the 21 refusals is in the files.",
        honest="Nothing was refused as far as these files tell, and retries may hide."),
    "codex-171-cap2": Scenario(
        "codex-171", 5, 5.5, lambda t: [Cap(2, "oai_rate", until=t + 4.6 * M)], plan=NINE, think_s=5, stagger_s=6, seed=87,
        made="Five `codex exec` agents of version 0.171 on two slots, 429 without Retry-After, true time; lifted after 4.6 minutes.",
        hidden="Codex writes the end of a response (`token_usage_record`) and the failure of a turn, not when a request left. A 429 without "
               "Retry-After ends the turn at once.",
        honest="Some turns fail at once while others run, and all work again when fewer run: concurrency_cap, about 2."),
    "copilot-cap2": Scenario(
        "copilot-cli", 4, 5, lambda t: [Cap(2, "kimi_generic", until=t + 4.2 * M)], plan=NINE, think_s=5, stagger_s=6, seed=33,
        made="Four `copilot -p` agents with a provider of their own on two slots (`--log-level all`), ambiguous sentence, true time; lifted "
             "after 4.2 minutes.",
        hidden="Events have a usage record for each answer and one failure for six requests; `process-*.log` has each refusal.",
        honest="Refusals come while two are served: concurrency_cap, 2."),
    "cline-cap2": Scenario(
        "cline-cli", 4, 5, lambda t: [Cap(2, "kimi_generic", until=t + 4.2 * M)], plan=NINE, think_s=5, stagger_s=6, seed=35,
        made="Four Cline CLI agents on two slots, ambiguous sentence, true time; lifted after 4.2 minutes.",
        hidden="A session's file has its messages and, if it failed, its last error: the retries before that are not logged.",
        honest="Some sessions fail while others run: concurrency_cap or undetermined with the cap among the first."),
    "opencode-titles-cap2": Scenario(
        "opencode", 5, 5, lambda t: [Cap(2, "kimi_generic", until=t + 4.2 * M)], plan=NINE, think_s=5, stagger_s=6, seed=39,
        made="Five `opencode run` agents on two slots, ambiguous sentence, true time; lifted after 4.2 minutes.",
        hidden="The request for a session's title is retried twice by the SDK in silence: its row may hide two refusals.",
        honest="Refusals come while two are served: concurrency_cap, 2."),
    "pi-cap2": Scenario(
        "pi", 5, 5, lambda t: [Cap(2, "kimi_generic", until=t + 4.2 * M)], plan=NINE, think_s=5, stagger_s=6, seed=31,
        made="Five pi agents on two slots, ambiguous sentence, true time; lifted after 4.2 minutes.",
        hidden="Nothing: pi 1.6 writes every answer and every error.",
        honest="Refusals come while two are served: concurrency_cap, 2."),
}
