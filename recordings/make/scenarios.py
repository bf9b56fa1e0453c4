"""The incidents: which client, which limiters, how long. Minutes are those of the recording's clock.

`made`, `hidden` and `honest` go into the recording's README. They were written before any analyser saw the files: `hidden` from
what the client is known to write, `honest` from what a careful person could say from the files alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

from limits import Cap, Cut, Denied, Limit, Overload, PerMinute, Window
from server import Plan

M = 60.0
LANES = ["api", "web", "docs", "etl", "qa", "infra", "ops", "mobile"]


@dataclass
class Scenario:
    client: str
    lanes: int
    minutes: float
    limits: Callable[[float], list[Limit]]  # from the instant when the recording begins
    made: str
    hidden: str
    honest: str
    speed: float = 1.0
    begin: str | None = None  # None: true time
    plan: Plan = field(default_factory=Plan)
    think_s: float = 25.0  # median pause of a lane between two turns
    stagger_s: float = 20.0  # between the starts of the lanes
    snapshots: float | None = None  # minutes between two saved GET /usages
    usage: Callable[[list[Limit], float], dict] | None = None  # the windows that GET /usages shows
    headers: str = ""
    extra: Callable[[list[Limit]], Callable] | None = None  # further headers of every answer
    fan: int = 0  # subagents that the first answer of a turn asks for
    seed: int = 1
    notes: str = ""


QUICK = Plan(median_s=7, longest_s=40, steps=(1, 4))  # for clients that must be recorded in true time
HIDES_CODEX = ("Codex `exec` 0.169 writes no retry and no refusal that a retry got over: only a turn that was given up has an "
               "error, in `task_complete`, mostly with Codex's own words for it and not the provider's. A 429 "
               "without Retry-After ends the turn at once; with it, and for 5xx, it is tried again in silence. Requests that were answered have a `token_count`.")
HIDES_OPENCODE = ("opencode 1.18 logs the start of every attempt and the text of one that failed, without a status and without a "
                  "line for success; its database has no failure that a retry got over. Title requests are attempts too.")
HIDES_KIMI_CODE = "Kimi Code 2.1.0 writes every attempt and refusal. `-p` sometimes loses the last line."
HIDES_KIMI_CLI = ("Kimi CLI hides two silent retries of the SDK under each attempt of its own, so the server was asked up to three "
                  "times for each failure that is logged; 401 and 403 are not retried.")
HIDES_LITELLM = ("A StandardLoggingPayload is a call, not a request: the OpenAI SDK below retries twice, and the payload does not "
                 "say so. The agent's log has the SDK's 'Retrying request' lines (local time), no line for success, and no httpx "
                 "lines, since LiteLLM brings its own transport.")


def week(ends: float, used: int, quota: int = 60_000_000) -> Window:
    """A weekly window that is only shown: never full in a recording."""
    return Window("fixed", 10080, quota, "kimi_generic", ends=ends, used=used, name="weekly")


SCENARIOS: dict[str, Scenario] = {
    "codex-cap2": Scenario(
        "codex", 5, 6.5, lambda t: [Cap(2, "kimi_generic", until=t + 5.2 * M)], seed=11, plan=QUICK, think_s=6, stagger_s=15,
        made="Five `codex exec` agents on a provider with two slots, true time; the cap is lifted after 5.2 minutes.",
        hidden=HIDES_CODEX,
        honest="Turns end with 'exceeded retry limit, last status: 429' while other agents finish theirs in the same minute, so no "
               "window was full. Cap, per-minute limit and overload cannot be told apart for sure: the retries are not logged, so "
               "in-flight at refusal is not seen. Undetermined with the cap among the first, or the cap at a modest probability."),
    "codex-per-minute": Scenario(
        "codex", 4, 6.5, lambda t: [PerMinute(9, "oai_rpm", retry_after=True)], seed=12, plan=QUICK, think_s=4, stagger_s=12,
        made="Four `codex exec` agents under nine requests a minute (a bucket that refills evenly), true time, Retry-After sent.",
        hidden=HIDES_CODEX,
        honest="Retry-After is obeyed in silence, so nearly all refusals are hidden and turns only take longer. Two turns at the end "
               "were given up with 'last status: 429', while others succeed: too little for a cause. Undetermined is honest; a token "
               "window is wrong."),
    "codex-overload": Scenario(
        "codex", 4, 6.5, lambda t: [Overload(13, t + 0.8 * M, t + 5.5 * M, 50, 25, 0.85,
                                             [(503, "oai_503"), (500, "oai_500"), (529, "ant_529")])],
        seed=13, plan=QUICK, think_s=5, stagger_s=12,
        made="Four `codex exec` agents, provider overloaded in bursts: 503, 500 and 529 for 85 of 100 requests in a burst, true time.",
        hidden=HIDES_CODEX,
        honest="Every burst was shorter than the silent retries, so no turn was given up and the files show no failure at all, only "
               "turns that took longer. No cause may be named, and no health either: this client's files cannot show such refusals."),
    "codex-outage": Scenario(
        "codex", 4, 6.5, lambda t: [Overload(15, t + 1.5 * M, t + 5.0 * M, 1000, 1, 1.0, [(503, "oai_503"), (500, "oai_500")])],
        seed=15, plan=QUICK, think_s=5, stagger_s=12,
        made="Four `codex exec` agents; from 1.5 to 5 minutes every request gets 503 or 500, true time.",
        hidden=HIDES_CODEX,
        honest="Turns that were given up carry an error of a 5xx status and none succeeds among them: overload of the provider. The "
               "retries before each are not there, so refusals are many times those in the files."),
    "codex-usage-limit": Scenario(
        "codex", 3, 8, lambda t: [Window("fixed", 300, 900_000, "usage_limit", ends=t + 6.2 * M, used=640_000)],
        seed=14, plan=QUICK, think_s=8, stagger_s=8, headers="codex",
        usage=lambda limits, t: {"5h": limits[0], "7d": week(t + 3 * 86400 + 511, 22_000_000)},
        made="Three `codex exec` agents, a 300-minute window that was 71 % used before and ends 6.2 minutes after the start, true time.",
        hidden=HIDES_CODEX + " The reset is told as a clock time of the user's zone, whole minutes.",
        honest="Each turn of the block says 'You've hit your usage limit' with the time of the reset, readings in `token_count` rise "
               "to about 100 % of 300 minutes with `resets_at`, and the first success comes after it: token_window, 300 minutes."),
    "codex-network-cut": Scenario(
        "codex", 3, 7, lambda t: [Cut(t + 2.0 * M, t + 5.2 * M)], seed=16, plan=QUICK, think_s=5, stagger_s=10,
        made="Three `codex exec` agents; from 2.0 to 5.2 minutes there is no listener and open connections were reset, true time.",
        hidden=HIDES_CODEX + " Attempts in the cut reached no server.",
        honest="No turn was given up: all three agents' turns of that time took two to four minutes and then went on. The files show "
               "long turns and no error. A silence of all agents at once may be named as such; no cause may."),
    "opencode-cap2": Scenario(
        "opencode", 4, 6.5, lambda t: [Cap(2, "kimi_generic", until=t + 5.5 * M)], seed=21, plan=QUICK, think_s=6, stagger_s=15,
        made="Four `opencode run` agents on two slots, the ambiguous sentence as text, true time; the cap is lifted after 5.5 minutes.",
        hidden=HIDES_OPENCODE,
        honest="Starts of attempts and failures interleave: never more than two go on while others are refused at once. "
               "concurrency_cap, cap 2; without ends of successes the in-flight count has a margin of one."),
    "opencode-5h-403": Scenario(
        "opencode", 3, 8, lambda t: [Window("fixed", 300, 700_000, "kimi_5h", status=403, ends=t + 6.0 * M, used=520_000)],
        seed=22, plan=QUICK, think_s=8, stagger_s=10,
        made="Three `opencode run` agents, a 300-minute window nearly used up, 403 with a sentence that names the 5-hour limit, true "
             "time; it resets 6 minutes after the start.",
        hidden=HIDES_OPENCODE,
        honest="The text names the 5-hour window and every attempt fails until one instant: token_window, 300 minutes."),
    "opencode-network-cut": Scenario(
        "opencode", 3, 7, lambda t: [Cut(t + 2.2 * M, t + 4.8 * M)], seed=23, plan=QUICK, think_s=6, stagger_s=10,
        made="Three `opencode run` agents; from 2.2 to 4.8 minutes there is no listener and open connections were reset, true time.",
        hidden=HIDES_OPENCODE + " Attempts in the cut reached no server.",
        honest="Connection errors only, from all agents, between two healthy stretches: network."),
    "opencode-billing": Scenario(
        "opencode", 3, 6.5, lambda t: [Denied("billing", t + 2.0 * M, t + 5.0 * M, 429, "kimi_quota")], seed=24, plan=QUICK,
        think_s=6, stagger_s=10,
        made="Three `opencode run` agents; the balance is empty from 2.0 to 5.0 minutes (429 exceeded_current_quota_error), true time.",
        hidden=HIDES_OPENCODE,
        honest="The text names the token quota and the balance, and nothing succeeds until one instant: billing."),
    "kimi-code-per-minute": Scenario(
        "kimi-code", 4, 40, lambda t: [PerMinute(4, "moonshot_rate", counts_refusals=True)], speed=8,
        begin="2026-07-07T09:00:00Z", seed=31, think_s=40, stagger_s=60, plan=Plan(median_s=6, longest_s=25, steps=(2, 5)),
        made="Four agents under four requests a minute; a refused request counts too, down to one minute's debt. The text only says "
             "'Organization Rate limit exceeded'. Clock eight times faster.",
        hidden=HIDES_KIMI_CODE,
        honest="Refusals come after bursts of starts and not at a number in flight, and successes lie between them: rate_per_minute, or "
               "undetermined between that and the cap. Not a window."),
    "kimi-code-overload": Scenario(
        "kimi-code", 4, 50, lambda t: [Overload(32, t + 12 * M, t + 38 * M, 240, 120, 0.75,
                                                [(429, "kimi_overload"), (503, "oai_503"), (429, "kimi_overload")])],
        speed=10, begin="2026-07-08T06:20:00Z", seed=32, think_s=90, stagger_s=60, plan=Plan(median_s=15, longest_s=80),
        made="Four agents, engine overloaded in bursts from minute 12 to 38, three in four requests refused: 429 with the engine's "
             "sentence, and 503. Clock ten times faster.",
        hidden=HIDES_KIMI_CODE,
        honest="The sentence names the engine, 503 stands beside it, successes lie between the refusals: overload."),
    "kimi-code-billing": Scenario(
        "kimi-code", 3, 75, lambda t: [Denied("billing", t + 22 * M, t + 58 * M, 429, "kimi_quota")],
        speed=15, begin="2026-07-09T13:10:00Z", seed=33, think_s=120, stagger_s=80, plan=Plan(median_s=20),
        made="Three agents; the balance is empty from minute 22 until it is filled up in minute 58 (429 exceeded_current_quota_error). "
             "Clock 15 times faster.",
        hidden=HIDES_KIMI_CODE + " A quota failure may be missing in the log and stand in `turn.ended` only.",
        honest="The text names the balance, everything is refused until one instant: billing."),
    "kimi-code-account-block": Scenario(
        "kimi-code", 3, 90, lambda t: [Denied("account_block", t + 25 * M, t + 73 * M, 429, "kimi_generic")],
        speed=15, begin="2026-07-13T09:05:00Z", seed=34, think_s=110, stagger_s=80, plan=Plan(median_s=20), snapshots=6,
        usage=lambda limits, t: {"5h": Window("fixed", 300, 9_000_000, "kimi_generic", ends=t + 171 * M, used=2_400_000),
                                 "7d": week(t + 4 * 86400 + 171 * M, 21_000_000)},
        made="Three agents; the account is blocked from minute 25 to 73 whatever is sent, with the ambiguous sentence, while readings "
             "every 6 minutes show 26 to 33 % of the 5-hour and 35 % of the weekly window. Clock 15 times faster.",
        hidden=HIDES_KIMI_CODE,
        honest="All agents are refused, one at a time too, and readings in the block show windows with room and resets elsewhere: "
               "account_block; neither window nor cap."),
    "kimi-code-first-use": Scenario(
        "kimi-code", 3, 130, lambda t: [Window("first_use", 300, 9_000_000, "kimi_generic", ends=t + 82 * M, used=5_600_000)],
        speed=20, begin="2026-07-14T11:15:00Z", seed=35, think_s=60, stagger_s=100, snapshots=5,
        plan=Plan(median_s=18, first_tokens=22_000, step_tokens=9000, steps=(3, 7)),
        usage=lambda limits, t: {"5h": limits[0], "7d": week(t + 2 * 86400 + 4000, 30_000_000)},
        made="Three agents; a 300-minute window opened by the first use, open since 218 minutes at the start, becomes full and ends in "
             "minute 82; the next one opens with the next admission. Readings every 5 minutes. Ambiguous sentence, clock 20 times faster.",
        hidden=HIDES_KIMI_CODE,
        honest="Readings reach 100 % inside the block and name its end, and it ends there: token_window, 300 minutes. That the next "
               "window opens with use is seen in the resets of the readings after it."),
    "kimi-code-cap-then-window": Scenario(
        "kimi-code", 4, 84,
        lambda t: [Window("fixed", 300, 3_600_000, "kimi_generic", ends=t + 66 * M, used=900_000),
                   Cap(2, "kimi_generic")],
        speed=14, begin="2026-07-15T07:40:00Z", seed=36, think_s=100, stagger_s=60,
        plan=Plan(median_s=28, longest_s=150, first_tokens=26_000, step_tokens=9000, steps=(4, 9)),
        made="Four agents on two slots, then a fixed 300-minute window becomes full too and resets in minute 66. Both say the same "
             "ambiguous sentence; no readings. Clock 14 times faster.",
        hidden=HIDES_KIMI_CODE,
        honest="First a cap of two (successes go on among the refusals), then a stretch with no success at all that one agent cannot "
               "get through either, then the cap again. A window is likely for the middle; an account block cannot be excluded."),
    "kimi-code-hang": Scenario(
        "kimi-code", 3, 60, lambda t: [Cut(t + 18 * M, t + 37 * M, how="hang")], speed=12, begin="2026-07-16T15:02:00Z", seed=37,
        think_s=80, stagger_s=60, plan=Plan(median_s=16),
        made="Three agents; from minute 18 to 37 the server takes connections and never answers, then resets them. Clock 12 times faster.",
        hidden=HIDES_KIMI_CODE + " An attempt that hangs has a start and nothing else until it is reset or times out.",
        honest="A silence of all agents in which attempts were started and none came back, then connection errors: network."),
    "kimi-cli-access": Scenario(
        "kimi-cli", 3, 50, lambda t: [Denied("access", t + 15 * M, t + 36 * M, 401, "kimi_401")], speed=10,
        begin="2026-07-20T08:30:00Z", seed=41, think_s=90, stagger_s=60, plan=Plan(median_s=15),
        made="Three agents; the key is not accepted from minute 15 to 36 (401). Clock ten times faster.",
        hidden=HIDES_KIMI_CLI,
        honest="401 names it: access."),
    "kimi-cli-overload": Scenario(
        "kimi-cli", 4, 50, lambda t: [Overload(42, t + 12 * M, t + 38 * M, 260, 110, 0.8,
                                               [(429, "kimi_overload"), (500, "oai_500"), (503, "oai_503")])],
        speed=10, begin="2026-07-21T06:10:00Z", seed=42, think_s=80, stagger_s=60, plan=Plan(median_s=15),
        made="Four agents, overload in bursts from minute 12 to 38: 429 with the engine's sentence, 500, 503. Clock ten times faster.",
        hidden=HIDES_KIMI_CLI,
        honest="Texts and 5xx name it: overload."),
    "kimi-cli-cap2": Scenario(
        "kimi-cli", 4, 60, lambda t: [Cap(2, "kimi_generic", until=t + 50 * M)], speed=10, begin="2026-07-23T09:15:00Z",
        seed=44, think_s=60, stagger_s=90, plan=Plan(median_s=24, longest_s=120, steps=(3, 7)),
        made="Four agents on two slots with the ambiguous sentence; lifted in minute 50. Clock ten times faster.",
        hidden=HIDES_KIMI_CLI,
        honest="Successes go on while others are refused, and steps that recovered in the SDK only look longer. concurrency_cap, its "
               "number to a slot or two; undetermined with the cap among the two is honest too."),
    "kimi-cli-account-block": Scenario(
        "kimi-cli", 3, 80, lambda t: [Denied("account_block", t + 20 * M, t + 62 * M, 429, "kimi_generic")], speed=13,
        begin="2026-07-24T07:20:00Z", seed=45, think_s=110, stagger_s=80, plan=Plan(median_s=20),
        made="Three agents; the account is blocked from minute 20 to 62 with the ambiguous sentence, and nobody saved a reading. "
             "The agents stopped at 08:00, inside the block. "
             "Clock 13 times faster.",
        hidden=HIDES_KIMI_CLI,
        honest="Everything is refused for 20 minutes until the logs end, a lone agent too, so it was no cap. Without a reading, a used-up "
               "window looks the same: undetermined between account_block and token_window, or one of them at a modest probability."),
    "kimi-code-rolling": Scenario(
        "kimi-code", 3, 48,
        lambda t: [Window("rolling", 300, 3_600_000, "kimi_generic",
                          past=[(t - (300 - 6 * k) * M, 60_000) for k in range(50)])],
        speed=6, begin="2026-07-29T10:40:00Z", seed=38, think_s=60, stagger_s=60,
        plan=Plan(median_s=18, first_tokens=22_000, step_tokens=9000, steps=(5, 9)),
        made="Three agents under a rolling 300-minute window that gives 60,000 tokens back every 6 minutes, so that once it is full only "
             "a trickle gets in. Ambiguous sentence, no readings. Clock 6 times faster.",
        hidden=HIDES_KIMI_CODE,
        honest="Long refusals of all agents with one or two successes every six minutes, at low in-flight: no cap. Window, per-minute "
               "limit and account block remain; a rolling window fits the steady trickle best. Undetermined is honest."),
    "gemini-per-minute": Scenario(
        "gemini-cli", 3, 8, lambda t: [PerMinute(7, "gem_rpm")], seed=51, plan=Plan(median_s=5, longest_s=20, steps=(1, 4)),
        think_s=8, stagger_s=15,
        made="Three `gemini -p` agents under seven requests a minute, QuotaFailure with a PerMinute quota id and RetryInfo, true time.",
        hidden="Chats show no failure. `telemetry.log` has a record for each attempt, refused ones included. Its spans, metrics and "
               "`gen_ai` doubles are left out here for size.",
        honest="The quota id names it: rate_per_minute."),
    "gemini-overload": Scenario(
        "gemini-cli", 3, 7, lambda t: [Overload(52, t + 1.5 * M, t + 5.5 * M, 60, 20, 0.8, [(503, "gem_503")])], seed=52,
        plan=Plan(median_s=5, longest_s=20, steps=(1, 4)), think_s=8, stagger_s=15,
        made="Three `gemini -p` agents; the model is overloaded in bursts (503 UNAVAILABLE), four in five requests refused, true time.",
        hidden="Chats show no failure. `telemetry.log` has a record for each attempt, refused ones included. Its spans, metrics and "
               "`gen_ai` doubles are left out here for size.",
        honest="503 with a text that names the model's load, successes between: overload."),
    "litellm-cap3": Scenario(
        "litellm", 8, 40, lambda t: [Cap(3, "moonshot_cap", retry_after=1, until=t + 33 * M)], speed=8,
        begin="2026-07-27T10:00:00Z", seed=61, think_s=15, stagger_s=40, plan=Plan(median_s=26, longest_s=90),
        made="Eight agents on the LiteLLM SDK, three slots, the text names the cap, Retry-After 1; lifted in minute 33. Clock eight times faster.",
        hidden=HIDES_LITELLM,
        honest="The text names the cap and its number: concurrency_cap, 3."),
    "litellm-per-minute": Scenario(
        "litellm", 4, 40, lambda t: [PerMinute(18_000, "moonshot_tpm", unit="tokens")], speed=8,
        begin="2026-07-28T10:00:00Z", seed=62, think_s=30, stagger_s=40, plan=Plan(median_s=8, longest_s=30),
        made="Four agents on the LiteLLM SDK under 18,000 tokens a minute; the text names TPM with its figures. Clock eight times faster.",
        hidden=HIDES_LITELLM,
        honest="The text names tokens per minute and the limit: rate_per_minute."),
    "qwen-5h-403": Scenario(
        "qwen-code", 3, 6, lambda t: [Window("fixed", 300, 520_000, "kimi_5h", status=403, ends=t + 4.0 * M, used=400_000)],
        seed=71, plan=QUICK, think_s=6, stagger_s=10,
        made="Three `qwen -p` agents, a 300-minute window nearly used up, 403 with a sentence that names the 5-hour limit, true time; "
             "it resets 4 minutes after the start.",
        hidden="Chats have an event for each call; two retries of the SDK below a 429 or 5xx are not told. A 403 is not retried by it.",
        honest="The text names the 5-hour window and every attempt fails until one instant: token_window, 300 minutes."),
    "aider-billing": Scenario(
        "aider", 3, 6, lambda t: [Denied("billing", t + 1.5 * M, t + 4.0 * M, 429, "kimi_quota")], seed=72, plan=QUICK,
        think_s=5, stagger_s=8,
        made="Three `aider --message` agents; from 1.5 to 4 minutes every request is refused with 429 and a sentence that the quota is used "
             "up and the bill is to be looked at, true time.",
        hidden="aider retries a RateLimitError itself, with waits of 0.2 s and doubling, and writes a line for each; the SDK below retries "
               "a 429 twice in silence. Its chat history has no times but each run's start, local; the other history tells requests "
               "to the second and no error.",
        honest="The text names the bill: billing. From histories without an error's time the stretch is known to some seconds."),
}
