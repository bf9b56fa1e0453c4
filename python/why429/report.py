"""Classes of a report, made from docs/schema/report-v1.json by python/generate.py. Do not edit.

Every class has a constructor from the JSON: ``Episode.from_json(mapping)``. A value that the JSON lacks is None, and
None is unknown, never zero. Times are aware datetimes in UTC. Keys that this version does not know are left out; they
are in ``Report.raw``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Dict, List, Literal, Mapping, Optional, Type, TypeVar

T = TypeVar("T", bound="Part")


class Part:
    """A part of a report."""

    @classmethod
    def from_json(cls: Type[T], value: Mapping[str, Any]) -> T:
        """Makes it from the JSON object of this part."""
        made = {f.name: _made(f.metadata.get("of"), value.get(f.metadata["key"])) for f in fields(cls)}  # type: ignore[arg-type]
        return cls(**made)


def _made(of: Optional[str], value: Any) -> Any:
    """A value, or each of a list or mapping, as what its class says."""
    if of is None or value is None:
        return value
    if isinstance(value, list):
        return [_made(of, item) for item in value]
    if of == "datetime":
        return datetime.fromisoformat(value.replace("Z", "+00:00")) if value else None
    made: Any = globals()[of]
    return made.from_json(value)


def _key(key: str, of: Optional[str] = None) -> Any:
    return field(default=None, metadata={"key": key, "of": of})


@dataclass(frozen=True)
class Source(Part):
    """A line of an input; 0 is the whole file.

    Attributes:
        path: Path as in `inputs`.
        line: Line, from 1; 0 for the whole file.
    """

    path: str = _key("path")
    line: int = _key("line")


@dataclass(frozen=True)
class Problem(Part):
    """One kind of problem in one input.

    Attributes:
        line: First line, from 1; 0 for the whole file.
        reason: What is wrong.
        count: How often.
    """

    line: int = _key("line")
    reason: str = _key("reason")
    count: int = _key("count")


@dataclass(frozen=True)
class Input(Part):
    """One input.

    Attributes:
        path: Path relative to the argument, with `/`.
        sha256: SHA-256 with `--hash` or `--ticket`, else null.
        bytes: Size in bytes as stored. In bytes.
        kind: `log`, `snapshot` or `unknown`.
        format: Format id, or null.
        records: Lines or bodies that were records of the format.
        attempts: Attempts found in it, before merging.
        problems: What could not be read.
    """

    path: str = _key("path")
    sha256: Optional[str] = _key("sha256")
    bytes: int = _key("bytes")
    kind: Literal["log", "snapshot", "unknown"] = _key("kind")
    format: Optional[str] = _key("format")
    records: int = _key("records")
    attempts: int = _key("attempts")
    problems: List[Problem] = _key("problems", "Problem")


@dataclass(frozen=True)
class CoverageFidelity(Part):
    """Attempts by fidelity.

    Attributes:
        observed: One row, one request.
        collapsed: One row, one to n requests.
        inferred: Start or end computed.
    """

    observed: int = _key("observed")
    collapsed: int = _key("collapsed")
    inferred: int = _key("inferred")


@dataclass(frozen=True)
class Coverage(Part):
    """What the inputs cover.

    Attributes:
        from_: First stamp; null when there is none.
        to: Last stamp.
        attempts: Attempts after merging.
        admitted: Admitted.
        refused: Refused rows.
        other: Answers about the request itself.
        refused_at_most: Refused, with what collapsed rows may hide.
        snapshots: Snapshots.
        snapshots_unassigned: Snapshots that fit no pool.
        unread_files: Files that were not opened, as they were last written too long before the time asked for.
        duplicates: Duplicate rows of an attempt that were merged.
        after_now: Attempts and snapshots that lie after a given `--now` and were not used.
        fidelity: Attempts by fidelity.
        unanswered: Requests without an answer in the log.
        agents: Agents (subagents or sessions) seen.
    """

    from_: Optional[datetime] = _key("from", "datetime")
    to: Optional[datetime] = _key("to", "datetime")
    attempts: int = _key("attempts")
    admitted: int = _key("admitted")
    refused: int = _key("refused")
    other: int = _key("other")
    refused_at_most: int = _key("refused_at_most")
    snapshots: int = _key("snapshots")
    snapshots_unassigned: int = _key("snapshots_unassigned")
    unread_files: Optional[int] = _key("unread_files")
    duplicates: int = _key("duplicates")
    after_now: int = _key("after_now")
    fidelity: CoverageFidelity = _key("fidelity", "CoverageFidelity")
    unanswered: int = _key("unanswered")
    agents: int = _key("agents")


@dataclass(frozen=True)
class Pool(Part):
    """One quota.

    Attributes:
        id: `provider/account/model`.
        provider: Provider.
        account: Account, `-` when no log names one.
        models: Models seen.
        attempts: Attempts.
        agents: Agents seen in this pool.
    """

    id: str = _key("id")
    provider: str = _key("provider")
    account: str = _key("account")
    models: List[str] = _key("models")
    attempts: int = _key("attempts")
    agents: int = _key("agents")


@dataclass(frozen=True)
class Between(Part):
    """One of the causes between which the evidence does not decide.

    Attributes:
        cause: Cause.
        window_minutes: Window, for `token_window`. In minutes.
        probability: Probability of the cause. In 0 to 1.
        window_probability: Probability of the window of this length, for `token_window`. In 0 to 1.
        share_of_time: Share of the episode's time, when two causes overlap in time; else null. In 0 to 1.
    """

    cause: Literal["concurrency_cap", "token_window", "rate_per_minute", "overload", "network", "billing", "access", "local_limit", "idle", "account_block"] = _key("cause")
    window_minutes: Optional[int] = _key("window_minutes")
    probability: float = _key("probability")
    window_probability: Optional[float] = _key("window_probability")
    share_of_time: Optional[float] = _key("share_of_time")


@dataclass(frozen=True)
class VerdictScope(Part):
    """Whose the limit is.

    Attributes:
        kind: The account's (or organisation's), one model's, one agent's, or one credential's.
        value: Its name, where the logs give one.
    """

    kind: Literal["account", "model", "agent", "credential"] = _key("kind")
    value: Optional[str] = _key("value")


@dataclass(frozen=True)
class Verdict(Part):
    """The verdict on one episode.

    Attributes:
        cause: First cause, or `undetermined`.
        window_minutes: Length of the window for `token_window`. In minutes.
        confidence: `confirmed`, `supported`, `compatible` or `undetermined`.
        probability: Probability of the first cause, also when undetermined. In 0 to 1.
        window_probability: Probability of the window of this length, for `token_window`; `probability` is that of a window of any length. In 0 to 1.
        between: The two best causes when undetermined, else null.
        group: Group of the first cause, or of both when undetermined inside one group; `none` otherwise.
        local_limit: For `local_limit`, which limit of the user's own side refused, as far as the log names it; else null.
        scope: Whose the limit is.
        too_few: Undetermined, and the refusals are too few to tell the causes apart: the probabilities are the prior's.
    """

    cause: Literal["concurrency_cap", "token_window", "rate_per_minute", "overload", "network", "billing", "access", "local_limit", "idle", "account_block", "undetermined"] = _key("cause")
    window_minutes: Optional[int] = _key("window_minutes")
    confidence: Literal["confirmed", "supported", "compatible", "undetermined"] = _key("confidence")
    probability: float = _key("probability")
    window_probability: Optional[float] = _key("window_probability")
    between: Optional[List[Between]] = _key("between", "Between")
    group: Literal["account_level", "concurrency", "short_rate", "provider", "client", "none"] = _key("group")
    local_limit: Optional[Literal["requests", "tokens", "parallel", "budget", "cooldown"]] = _key("local_limit")
    scope: Optional[VerdictScope] = _key("scope", "VerdictScope")
    too_few: Optional[bool] = _key("too_few")


@dataclass(frozen=True)
class CauseShareWindows(Part):
    """One window length.

    Attributes:
        window_minutes: Minutes; null for a window of unknown length. In minutes.
        probability: Probability. In 0 to 1.
    """

    window_minutes: Optional[int] = _key("window_minutes")
    probability: float = _key("probability")


@dataclass(frozen=True)
class CauseShare(Part):
    """One cause with its probability.

    Attributes:
        cause: Cause.
        probability: Probability. In 0 to 1.
        windows: For `token_window`: each length. In minutes.
    """

    cause: Literal["concurrency_cap", "token_window", "rate_per_minute", "overload", "network", "billing", "access", "local_limit", "idle", "account_block"] = _key("cause")
    probability: float = _key("probability")
    windows: Optional[List[CauseShareWindows]] = _key("windows", "CauseShareWindows")


@dataclass(frozen=True)
class Evidence(Part):
    """One observation.

    Attributes:
        id: `E1.3`.
        kind: Kind, as in docs/METHOD.md: `snapshot_in_gap`.
        statement: One sentence.
        measured: The numbers behind the sentence, by key; which keys there are depends on the kind.
        weights: Weight of evidence per hypothesis, log10 points. In log10 points.
        supports: Causes it speaks for.
        against: Causes it speaks against.
        sources: Where it was read; never empty.
        strength: How strongly it tells the first cause from the second, in words (ENFSI scale), or `context` when it weighs nothing.
        bin: The bin of the weights table: `hit`, `zero`, `low` ...
        leverage: How far it is listed for the first cause against all others (negative: against it), or, when the verdict is open, against the second, with all that is seen of the same thing; log10 points. 0 where its sentence is no reason.
        part_of: The evidence about the same thing that reports list in its place; absent where it is listed itself.
    """

    id: str = _key("id")
    kind: str = _key("kind")
    statement: str = _key("statement")
    measured: Measured = _key("measured", "Measured")
    weights: Dict[str, float] = _key("weights")
    supports: List[Literal["concurrency_cap", "token_window", "rate_per_minute", "overload", "network", "billing", "access", "local_limit", "idle", "account_block"]] = _key("supports")
    against: List[Literal["concurrency_cap", "token_window", "rate_per_minute", "overload", "network", "billing", "access", "local_limit", "idle", "account_block"]] = _key("against")
    sources: List[Source] = _key("sources", "Source")
    strength: str = _key("strength")
    bin: str = _key("bin")
    leverage: Optional[float] = _key("leverage")
    part_of: Optional[str] = _key("part_of")


@dataclass(frozen=True)
class Measured(Part):
    """What a kind of evidence measured. Each key carries its unit.

    Attributes:
        admissions: Admissions nearby that were looked at. Of replay_cap, replay_minute, replay_between.
        admissions_by_cap: Admissions nearby that the cap explains. Of replay_cap, replay_between.
        admissions_by_limit: Admissions nearby that the limit per minute explains. Of replay_minute, replay_between.
        admitted_after: Requests admitted after the recovery until the next refusal, or to the end of the log. Of after.
        admitted_after_end_s: Time from the named end to the first admission after the episode; negative where it came earlier. Of named_end. In seconds.
        admitted_after_release: Attempts admitted after a request in flight had ended. Of slot_release.
        admitted_after_reset_s: Time from that reset to the first admission after the episode; negative where it came earlier. Of reset_hit. In seconds.
        admitted_inside: Requests admitted between the first refusal and the last. Of length, admissions_inside.
        admitted_together: Most requests that were in flight with an admission, that one included. Of inflight_low.
        admitted_without_release: Attempts admitted although none had ended. Of slot_release.
        agents_in_turn: Agents that sent requests in turn; 1 for one agent, or agents one after the other. Of inflight_none.
        answers: Refusals by what they were answered. Of class.
        apart_s: Time between the ends of this episode and of another one of the pool. Of phase. In seconds.
        bayes_factor_log10: Bayes factor of the hypothesis against chance. Of slot_release, replay_cap, replay_minute.
        before_s: Time from the snapshot to the first refusal, where it was taken before it. Of snapshot_in_gap. In seconds.
        best_cap: The cap that explains most, in requests in flight. Of replay_cap, replay_between.
        best_limit: The limit per minute that explains most; `best_limit_counts` says what it counts. Of replay_minute, replay_between.
        best_limit_counts: What `best_limit` counts. Of replay_minute, replay_between.
        cap_log10: Bayes factor of a cap against chance. Of replay_between.
        captured_at: When the snapshot was taken. Of snapshot_in_gap, same_window_later.
        censored: Whether nobody asked for most of the episode, or the log ends inside it. Of length.
        concurrency_limit: Concurrency limit that the last usage snapshot names. Of cap_known.
        contradicts_text: Whether the snapshot shows plenty left of a window that an error text of that moment names as used up. Of snapshot_in_gap.
        counts_down: Whether neighbouring waits count down to the same times. Of retry_after.
        distance_s: Time from the farthest refusal that names an end to that end, at least. Of named_end. In seconds.
        ends_at: The end that the refusals name. Of named_end.
        held: Whether a request was in flight at every refusal of the run. Of hard_run.
        in_flight_error_share: Error of the best threshold on requests in flight: the mean of both error rates. Of pool_meter.
        last_minute_error_share: Error of the best threshold on the last minute: the mean of both error rates. Of pool_meter.
        limit_is_zero: Whether the limit in the text is 0 or less, which refuses every request. Of named_text.
        median_in_flight: Median number of requests in flight at the refusals. Of inflight_auc, cap_known.
        median_in_flight_admitted: Median number of requests in flight at the admissions nearby. Of inflight_auc.
        median_wait_s: Median wait that they asked for. Of retry_after. In seconds.
        more_in_flight_share: Share of pairs of a refusal and an admission in which the refusal met more in flight; ties count half. Of inflight_auc.
        more_used_share: Share of pairs of a refusal and an admission in which more was used in the minute before the refusal; ties count half. Of minute_auc.
        named_cause: Cause that most error texts name; null where none is named. Of named_text.
        named_in: Where the end is named. Of named_end.
        named_windows_minutes: Window lengths that the texts name: none, one, or several of which it is one. Of named_text.
        nothing_in_flight: Whether nothing was in flight at any refusal. Of length.
        off_s: How far that time is from a whole number of windows. Of phase. In seconds.
        other_refused: Requests of other pools that were refused in the same time. Of other_pools.
        other_requests: Requests of other pools in the same time. Of other_pools.
        per_minute_log10: Mean Bayes factor of the limits per minute against chance. Of replay_between.
        porous: Whether admissions break the span into runs of less than half of it. Of length.
        probes: Refusals counted at most once in 20 s. Of length, admissions_inside.
        quiet_s: Time from the first admission after the episode to the next refusal, or to the end of the log. Of after. In seconds.
        random_hit_share: Chance that a random instant falls into the recovery interval, give or take 75 s; null while nothing was admitted. Of reset_hit.
        recovery_intervals_s: Length of both recovery intervals together. Of phase. In seconds.
        refusals: Refusals that were looked at. Of inflight_low, inflight_same, inflight_none, minute_low, replay_cap, replay_minute, replay_between, length, admissions_inside.
        refusals_after_admission: Refusals whose attempt before was admitted. Of minute_reach.
        refusals_at_half_in_flight: Refusals with at most half as many requests in flight as were once admitted together. Of inflight_low.
        refusals_at_half_minute: Refusals that came while the last minute held under half of the busiest admitted minute. Of minute_low.
        refusals_at_half_minute_of_all: Refusals that came so even when refused requests are counted too. Of minute_low.
        refusals_at_usual: Refusals with exactly `usual_in_flight` requests in flight. Of inflight_same.
        refusals_by_cap: Refusals that the cap explains. Of replay_cap, replay_between.
        refusals_by_limit: Refusals that the limit per minute explains. Of replay_minute, replay_between.
        refusals_idle: Refusals with nothing in flight. Of inflight_low.
        refusals_in_full_minute: Refusals right after an admission that came in a minute as busy as the busiest admitted one. Of minute_reach.
        refusals_naming_any: Refusals whose text names any limit. Of named_text.
        refusals_naming_it: Refusals whose text names `named_cause`. Of named_text.
        refusals_with_row: Refusals that have a row of their own, which could carry a text. Of named_text.
        refusals_with_wait: Refusals that asked for a wait. Of retry_after.
        refused_after: Requests refused again in the half hour after the recovery. Of bounce.
        refused_after_release: Attempts refused after a request in flight had ended. Of slot_release.
        refused_after_reset_s: Time from that reset to the last refusal; negative where it came earlier. Of reset_hit. In seconds.
        refused_again: Whether a request was refused again after the recovery. Of after.
        refused_without_release: Attempts refused while none had ended. Of slot_release.
        remaining_share: What is left of the window. Of snapshot_in_gap, same_window_later.
        requests_after: Requests, admitted or refused, in the half hour after the recovery. Of bounce.
        resets_at: When the window was due to reset. Of snapshot_in_gap, same_window_later, reset_hit.
        run_s: Length of the longest run without an admission. Of hard_run. In seconds.
        silence_s: Time without an attempt. Of no_attempts. In seconds.
        slot_taken_chance_share: Chance that one request of this pool keeps a slot taken for so long. Of hard_run.
        span_s: Time from the first refusal to the last. Of length, admissions_inside, silent_share. In seconds.
        streams_broken: Running streams that broke within 30 s of the first refusal. Of streams_broken.
        taken: Whether the snapshot was taken inside the episode or before it. Of snapshot_in_gap.
        texts_name_a_limit: Whether most error texts plainly name a limit. Of class.
        unit: What is counted. Of minute_auc, window_meter.
        unprobed_s: Time from the last refusal to the first admission after it. Of silent_share. In seconds.
        unprobed_share: Share of the time from the first refusal to the first admission after the episode in which nobody probed its end. Of silent_share.
        used_before_tokens: Tokens used in a window of this length before the first refusal. Of record_use.
        used_elsewhere_tokens: Most tokens used in a window of this length elsewhere, with requests still admitted. Of record_use.
        used_for_other_limits: Whether the words of the text are also used for other limits. Of named_text.
        usual_in_flight: The number of requests that was most often in flight at a refusal. Of inflight_same.
        wait_range_s: Longest less shortest wait. Of retry_after. In seconds.
        waits_end_at: The one time that all waits point to, if there is one. Of retry_after.
        window_error_share: Error of the best threshold on the use of the window: the mean of both error rates. Of window_meter.
        window_minutes: Length of the window in minutes. Of snapshot_in_gap, same_window_later, reset_hit, phase, window_meter, record_use. In minutes.
        wording_is_known: Whether the wording of the text is in the catalogue. Of named_text.
        zone_assumed: Whether the zone of the named end is assumed to be UTC. Of named_end.
    """

    admissions: Optional[int] = _key("admissions")
    admissions_by_cap: Optional[int] = _key("admissions_by_cap")
    admissions_by_limit: Optional[int] = _key("admissions_by_limit")
    admitted_after: Optional[int] = _key("admitted_after")
    admitted_after_end_s: Optional[float] = _key("admitted_after_end_s")
    admitted_after_release: Optional[int] = _key("admitted_after_release")
    admitted_after_reset_s: Optional[float] = _key("admitted_after_reset_s")
    admitted_inside: Optional[int] = _key("admitted_inside")
    admitted_together: Optional[int] = _key("admitted_together")
    admitted_without_release: Optional[int] = _key("admitted_without_release")
    agents_in_turn: Optional[int] = _key("agents_in_turn")
    answers: Optional[Dict[str, int]] = _key("answers")
    apart_s: Optional[float] = _key("apart_s")
    bayes_factor_log10: Optional[float] = _key("bayes_factor_log10")
    before_s: Optional[float] = _key("before_s")
    best_cap: Optional[int] = _key("best_cap")
    best_limit: Optional[int] = _key("best_limit")
    best_limit_counts: Optional[str] = _key("best_limit_counts")
    cap_log10: Optional[float] = _key("cap_log10")
    captured_at: Optional[datetime] = _key("captured_at", "datetime")
    censored: Optional[bool] = _key("censored")
    concurrency_limit: Optional[int] = _key("concurrency_limit")
    contradicts_text: Optional[bool] = _key("contradicts_text")
    counts_down: Optional[bool] = _key("counts_down")
    distance_s: Optional[float] = _key("distance_s")
    ends_at: Optional[datetime] = _key("ends_at", "datetime")
    held: Optional[bool] = _key("held")
    in_flight_error_share: Optional[float] = _key("in_flight_error_share")
    last_minute_error_share: Optional[float] = _key("last_minute_error_share")
    limit_is_zero: Optional[bool] = _key("limit_is_zero")
    median_in_flight: Optional[float] = _key("median_in_flight")
    median_in_flight_admitted: Optional[float] = _key("median_in_flight_admitted")
    median_wait_s: Optional[float] = _key("median_wait_s")
    more_in_flight_share: Optional[float] = _key("more_in_flight_share")
    more_used_share: Optional[float] = _key("more_used_share")
    named_cause: Optional[str] = _key("named_cause")
    named_in: Optional[str] = _key("named_in")
    named_windows_minutes: Optional[List[int]] = _key("named_windows_minutes")
    nothing_in_flight: Optional[bool] = _key("nothing_in_flight")
    off_s: Optional[float] = _key("off_s")
    other_refused: Optional[int] = _key("other_refused")
    other_requests: Optional[int] = _key("other_requests")
    per_minute_log10: Optional[float] = _key("per_minute_log10")
    porous: Optional[bool] = _key("porous")
    probes: Optional[int] = _key("probes")
    quiet_s: Optional[float] = _key("quiet_s")
    random_hit_share: Optional[float] = _key("random_hit_share")
    recovery_intervals_s: Optional[float] = _key("recovery_intervals_s")
    refusals: Optional[int] = _key("refusals")
    refusals_after_admission: Optional[int] = _key("refusals_after_admission")
    refusals_at_half_in_flight: Optional[int] = _key("refusals_at_half_in_flight")
    refusals_at_half_minute: Optional[int] = _key("refusals_at_half_minute")
    refusals_at_half_minute_of_all: Optional[int] = _key("refusals_at_half_minute_of_all")
    refusals_at_usual: Optional[int] = _key("refusals_at_usual")
    refusals_by_cap: Optional[int] = _key("refusals_by_cap")
    refusals_by_limit: Optional[int] = _key("refusals_by_limit")
    refusals_idle: Optional[int] = _key("refusals_idle")
    refusals_in_full_minute: Optional[int] = _key("refusals_in_full_minute")
    refusals_naming_any: Optional[int] = _key("refusals_naming_any")
    refusals_naming_it: Optional[int] = _key("refusals_naming_it")
    refusals_with_row: Optional[int] = _key("refusals_with_row")
    refusals_with_wait: Optional[int] = _key("refusals_with_wait")
    refused_after: Optional[int] = _key("refused_after")
    refused_after_release: Optional[int] = _key("refused_after_release")
    refused_after_reset_s: Optional[float] = _key("refused_after_reset_s")
    refused_again: Optional[bool] = _key("refused_again")
    refused_without_release: Optional[int] = _key("refused_without_release")
    remaining_share: Optional[float] = _key("remaining_share")
    requests_after: Optional[int] = _key("requests_after")
    resets_at: Optional[datetime] = _key("resets_at", "datetime")
    run_s: Optional[float] = _key("run_s")
    silence_s: Optional[float] = _key("silence_s")
    slot_taken_chance_share: Optional[float] = _key("slot_taken_chance_share")
    span_s: Optional[float] = _key("span_s")
    streams_broken: Optional[int] = _key("streams_broken")
    taken: Optional[str] = _key("taken")
    texts_name_a_limit: Optional[bool] = _key("texts_name_a_limit")
    unit: Optional[str] = _key("unit")
    unprobed_s: Optional[float] = _key("unprobed_s")
    unprobed_share: Optional[float] = _key("unprobed_share")
    used_before_tokens: Optional[int] = _key("used_before_tokens")
    used_elsewhere_tokens: Optional[int] = _key("used_elsewhere_tokens")
    used_for_other_limits: Optional[bool] = _key("used_for_other_limits")
    usual_in_flight: Optional[int] = _key("usual_in_flight")
    wait_range_s: Optional[float] = _key("wait_range_s")
    waits_end_at: Optional[datetime] = _key("waits_end_at", "datetime")
    window_error_share: Optional[float] = _key("window_error_share")
    window_minutes: Optional[int] = _key("window_minutes")
    wording_is_known: Optional[bool] = _key("wording_is_known")
    zone_assumed: Optional[bool] = _key("zone_assumed")


@dataclass(frozen=True)
class Bounds(Part):
    """A whole number with bounds; an open upper one is null.

    Attributes:
        low: Least.
        best: Best; null unless both bounds lie within a tenth of it.
        high: Most; null when open.
    """

    low: int = _key("low")
    best: Optional[int] = _key("best")
    high: Optional[int] = _key("high")


@dataclass(frozen=True)
class EstimatesRatePerMinute(Part):
    """Part of the report (EstimatesRatePerMinute).

    Attributes:
        low: Least.
        best: Best; null unless both bounds lie within a tenth of it.
        high: Most; null when open.
        unit: `tokens` or `requests`.
    """

    low: int = _key("low")
    best: Optional[int] = _key("best")
    high: Optional[int] = _key("high")
    unit: Literal["tokens", "requests"] = _key("unit")


@dataclass(frozen=True)
class EstimatesWindowQuota(Part):
    """Part of the report (EstimatesWindowQuota).

    Attributes:
        low: Least.
        best: Best; null unless both bounds lie within a tenth of it.
        high: Most; null when open.
        unit: `tokens` or `requests`.
        logs_begin_s: How long before the block the logs begin, where that is inside the window; absent where they begin before it or the window's begin is unknown. In seconds.
    """

    low: int = _key("low")
    best: Optional[int] = _key("best")
    high: Optional[int] = _key("high")
    unit: Literal["tokens", "requests"] = _key("unit")
    logs_begin_s: Optional[float] = _key("logs_begin_s")


@dataclass(frozen=True)
class EstimatesWindowQuotaOr(Part):
    """Part of the report (EstimatesWindowQuotaOr).

    Attributes:
        low: Least.
        best: Best; null unless both bounds lie within a tenth of it.
        high: Most; null when open.
        unit: `tokens` or `requests`.
        logs_begin_s: How long before the block the logs begin, where that is inside the window; absent where they begin before it or the window's begin is unknown. In seconds.
    """

    low: int = _key("low")
    best: Optional[int] = _key("best")
    high: Optional[int] = _key("high")
    unit: Literal["tokens", "requests"] = _key("unit")
    logs_begin_s: Optional[float] = _key("logs_begin_s")


@dataclass(frozen=True)
class EstimatesRecoveryDelayS(Part):
    """Seconds.

    Attributes:
        low: Least.
        high: Most.
    """

    low: float = _key("low")
    high: float = _key("high")


@dataclass(frozen=True)
class Estimates(Part):
    """Estimates with bounds; null where nothing can be said.

    Attributes:
        concurrency_cap: The cap, in slots.
        rate_per_minute: The limit per minute; null where it is not in question, or nothing can be said of it.
        window_quota: The quota of the window. In seconds.
        window_quota_or: The same in the other unit, where nothing tells which of the two is counted. In seconds.
        window_kind: `fixed`, `rolling`, `first_use` or `unknown`; null when no window is in question.
        resets_at: When the limit ends: the window's reset, or the end that an error or a header names, whatever the cause.
        reset_source: What names `resets_at`: `snapshot`, `text` or `header`.
        reset_zone: How the zone of a time in a text is known: `text`, `provider`, `log`, or `assumed` (UTC, since nothing names one).
        recovery_delay_s: Seconds from the reset to the first admission. In seconds.
    """

    concurrency_cap: Optional[Bounds] = _key("concurrency_cap", "Bounds")
    rate_per_minute: Optional[EstimatesRatePerMinute] = _key("rate_per_minute", "EstimatesRatePerMinute")
    window_quota: Optional[EstimatesWindowQuota] = _key("window_quota", "EstimatesWindowQuota")
    window_quota_or: Optional[EstimatesWindowQuotaOr] = _key("window_quota_or", "EstimatesWindowQuotaOr")
    window_kind: Optional[Literal["fixed", "rolling", "first_use", "unknown"]] = _key("window_kind")
    resets_at: Optional[datetime] = _key("resets_at", "datetime")
    reset_source: Optional[Literal["snapshot", "text", "header"]] = _key("reset_source")
    reset_zone: Optional[Literal["text", "provider", "log", "assumed"]] = _key("reset_zone")
    recovery_delay_s: Optional[EstimatesRecoveryDelayS] = _key("recovery_delay_s", "EstimatesRecoveryDelayS")


@dataclass(frozen=True)
class Strip(Part):
    """Counts over time in bins of equal width.

    Attributes:
        from_: Begin of the first bin.
        bin_s: Width of a bin in seconds. In seconds.
        admitted: Admissions that started in each bin.
        refused: Refusals in each bin.
        in_flight: Most requests in flight at once in each bin.
        remaining_share: Snapshots captured in each bin: lowest remaining share seen, or null.
    """

    from_: Optional[datetime] = _key("from", "datetime")
    bin_s: float = _key("bin_s")
    admitted: List[int] = _key("admitted")
    refused: List[int] = _key("refused")
    in_flight: List[int] = _key("in_flight")
    remaining_share: List[Optional[float]] = _key("remaining_share")


@dataclass(frozen=True)
class Agent(Part):
    """One agent in an episode.

    Attributes:
        name: Session and agent, shortened; stable within the report.
        admitted: Admitted in the span.
        refused: Refused rows in the span.
        first_refusal: First refusal.
        last_refusal: Last refusal.
        waited_s: From its first refusal to its next admission, or to its last refusal when none came, seconds. In seconds.
        recovered: Whether an admission came.
    """

    name: str = _key("name")
    admitted: int = _key("admitted")
    refused: int = _key("refused")
    first_refusal: datetime = _key("first_refusal", "datetime")
    last_refusal: datetime = _key("last_refusal", "datetime")
    waited_s: float = _key("waited_s")
    recovered: bool = _key("recovered")


@dataclass(frozen=True)
class Advice(Part):
    """What to do about an episode.

    Attributes:
        now: At once.
        later: So that it does not happen again.
    """

    now: List[str] = _key("now")
    later: List[str] = _key("later")


@dataclass(frozen=True)
class EpisodeFacts(Part):
    """A label and a value, not weighed.

    Attributes:
        label: Label.
        value: Value.
    """

    label: str = _key("label")
    value: str = _key("value")


@dataclass(frozen=True)
class Episode(Part):
    """One stretch in which a pool was refused, or silent.

    Attributes:
        id: `E1`, `E2` ... by time.
        incident: `I1` ...: episodes that belong together share it.
        kind: `refused` or `silent`.
        from_: Begin: first refusal, or begin of the silence.
        to: End: last refusal, or end of the silence.
        pool: Pool id.
        first_refusal: First refusal.
        last_refusal: Last refusal.
        last_admission_before: Last admission that started before the first refusal.
        first_admission_after: First admission that started after the last refusal.
        proven_span_s: Last refusal minus first refusal, seconds. In seconds.
        attempts: Attempts started in the span.
        refused: Refused rows.
        admitted: Admitted inside the span.
        probes: Refusals counted at most once per 20 s.
        starts_in_block: No admission is known before it.
        ends_in_block: No admission is known after it.
        verdict: What it was.
        causes: All causes, sorted, summing to 1.
        evidence: The evidence, in the order of its weight.
        missing: What would have decided it.
        estimates: Estimates with bounds.
        advice: What to do.
        sentence: One sentence that a person can paste.
        headline: The same without how sure it is, for outputs that say so beside it.
        refused_at_most: Refused requests, with those that its rows may hide.
        blocked_agent_s: Pool blocked, in agent seconds: blocked time times agents waiting. Orders incidents. In seconds.
        strip: Admissions and refusals over time, from half an hour before to half an hour after at most.
        agents: Who waited, the longest first (at most 12; `agents_total` counts all).
        agents_total: Agents that were refused in the episode.
        facts: Facts that every reader asks for, as label and value, not weighed (slot-release counts, in-flight at refusals ...).
        outlook: What it means for a request at `--now`, else at the end of the logs: for the last refused episode of a pool, else null.
    """

    id: str = _key("id")
    incident: str = _key("incident")
    kind: Literal["refused", "silent"] = _key("kind")
    from_: datetime = _key("from", "datetime")
    to: datetime = _key("to", "datetime")
    pool: str = _key("pool")
    first_refusal: Optional[datetime] = _key("first_refusal", "datetime")
    last_refusal: Optional[datetime] = _key("last_refusal", "datetime")
    last_admission_before: Optional[datetime] = _key("last_admission_before", "datetime")
    first_admission_after: Optional[datetime] = _key("first_admission_after", "datetime")
    proven_span_s: float = _key("proven_span_s")
    attempts: int = _key("attempts")
    refused: int = _key("refused")
    admitted: int = _key("admitted")
    probes: int = _key("probes")
    starts_in_block: bool = _key("starts_in_block")
    ends_in_block: bool = _key("ends_in_block")
    verdict: Verdict = _key("verdict", "Verdict")
    causes: List[CauseShare] = _key("causes", "CauseShare")
    evidence: List[Evidence] = _key("evidence", "Evidence")
    missing: List[str] = _key("missing")
    estimates: Estimates = _key("estimates", "Estimates")
    advice: Advice = _key("advice", "Advice")
    sentence: str = _key("sentence")
    headline: Optional[str] = _key("headline")
    refused_at_most: Optional[int] = _key("refused_at_most")
    blocked_agent_s: float = _key("blocked_agent_s")
    strip: Strip = _key("strip", "Strip")
    agents: List[Agent] = _key("agents", "Agent")
    agents_total: int = _key("agents_total")
    facts: List[EpisodeFacts] = _key("facts", "EpisodeFacts")
    outlook: Optional[Outlook] = _key("outlook", "Outlook")


@dataclass(frozen=True)
class IsolatedRefusal(Part):
    """Refusals too few to be an episode.

    Attributes:
        pool: Pool id.
        at: When.
        status: Status, if known.
        cause: Cause that a text names, if any.
        sources: Where.
    """

    pool: str = _key("pool")
    at: datetime = _key("at", "datetime")
    status: Optional[int] = _key("status")
    cause: Optional[Literal["concurrency_cap", "token_window", "rate_per_minute", "overload", "network", "billing", "access", "local_limit", "idle", "account_block"]] = _key("cause")
    sources: List[Source] = _key("sources", "Source")


@dataclass(frozen=True)
class Incident(Part):
    """Episodes that belong together.

    Attributes:
        id: `I1` ... by time.
        episodes: Its episodes.
        from_: Begin.
        to: End.
        pools: Pools hit.
        blocked_agent_s: Cost in agent seconds. In seconds.
    """

    id: str = _key("id")
    episodes: List[str] = _key("episodes")
    from_: datetime = _key("from", "datetime")
    to: datetime = _key("to", "datetime")
    pools: List[str] = _key("pools")
    blocked_agent_s: float = _key("blocked_agent_s")


@dataclass(frozen=True)
class Weights(Part):
    """The weights behind the probabilities.

    Attributes:
        name: Name of the table.
        version: Version of the table.
        made: `reasoned` or `fitted`.
        prior: Prior by cause. In 0 to 1.
        note: One sentence for the footer.
    """

    name: str = _key("name")
    version: str = _key("version")
    made: Literal["reasoned", "fitted"] = _key("made")
    prior: Dict[str, float] = _key("prior")
    note: str = _key("note")


@dataclass(frozen=True)
class Outlook(Part):
    """What an episode means for a request at an instant; the same as in `why429.next/v1`.

    Attributes:
        at: The instant: `--now`, else the end of the logs.
        state: What would become of a request then.
        running: The outage runs: nothing was admitted after a recent last refusal, or it rather goes on than not.
        probability: Probability that it goes on. In 0 to 1.
        resume_at: When requests will be admitted again; null if they are already, or if nothing is known.
        basis: What that rests on.
        start_with: So many agents can be started now.
        sentence: When it ends, in one sentence, as far as that is known.
        advice: What to do now.
    """

    at: datetime = _key("at", "datetime")
    state: Literal["open", "blocked", "uncertain", "unknown"] = _key("state")
    running: bool = _key("running")
    probability: float = _key("probability")
    resume_at: Optional[ResumeAt] = _key("resume_at", "ResumeAt")
    basis: Literal["named_reset", "snapshot", "window_length", "past_pauses", "cap", "none"] = _key("basis")
    start_with: Optional[int] = _key("start_with")
    sentence: Optional[str] = _key("sentence")
    advice: List[str] = _key("advice")


@dataclass(frozen=True)
class ResumeAt(Part):
    """When requests will be admitted again.

    Attributes:
        earliest: Not before this.
        best: The likeliest instant, where one stands out.
        latest: At the latest, if that is known.
    """

    earliest: datetime = _key("earliest", "datetime")
    best: Optional[datetime] = _key("best", "datetime")
    latest: Optional[datetime] = _key("latest", "datetime")


@dataclass(frozen=True)
class ReportJsonTool(Part):
    """The program that wrote it.

    Attributes:
        name: `why429`.
        version: Version.
    """

    name: Literal["why429"] = _key("name")
    version: str = _key("version")


@dataclass(frozen=True)
class ReportJsonVerdict(Part):
    """The episode that cost most; null when nothing was refused.

    Attributes:
        cause: Cause of the costliest episode; null when nothing was refused.
        episode: Its id.
        sentence: One sentence that a person can paste.
        counts: What became of every attempt: the counts, then failures that no episode explains, one sentence each.
    """

    cause: Optional[Literal["concurrency_cap", "token_window", "rate_per_minute", "overload", "network", "billing", "access", "local_limit", "idle", "account_block", "undetermined"]] = _key("cause")
    episode: Optional[str] = _key("episode")
    sentence: str = _key("sentence")
    counts: Optional[List[str]] = _key("counts")


@dataclass(frozen=True)
class ReportJson(Part):
    """One report of why429. Fields may be added beside these; none of these goes or changes its meaning within v1.

    Attributes:
        schema: Always `why429.report/v1`.
        tool: The program that wrote it.
        inputs: Inputs in path order.
        coverage: What the inputs cover.
        pools: Pools by id.
        episodes: Episodes by time.
        isolated_refusals: Refusals too few to be an episode.
        verdict: The episode that cost most; null when nothing was refused.
        incidents: Incidents, the costliest first.
        notes: How the data was read, one sentence each: zones assumed, rows merged, accounts not named.
        not_logged: What the clients seen here do not write down, one sentence per format.
        weights: The weights used.
        now: "Now", if it was given: an outage that is still running is described relative to it.
        zone: Zone that people read, as an IANA name or offset; times in this document stay UTC.
        redacted: How many secrets of each kind were redacted in the texts of this document.
    """

    schema: Literal["why429.report/v1"] = _key("schema")
    tool: ReportJsonTool = _key("tool", "ReportJsonTool")
    inputs: List[Input] = _key("inputs", "Input")
    coverage: Coverage = _key("coverage", "Coverage")
    pools: List[Pool] = _key("pools", "Pool")
    episodes: List[Episode] = _key("episodes", "Episode")
    isolated_refusals: List[IsolatedRefusal] = _key("isolated_refusals", "IsolatedRefusal")
    verdict: ReportJsonVerdict = _key("verdict", "ReportJsonVerdict")
    incidents: List[Incident] = _key("incidents", "Incident")
    notes: List[str] = _key("notes")
    not_logged: List[str] = _key("not_logged")
    weights: Weights = _key("weights", "Weights")
    now: Optional[datetime] = _key("now", "datetime")
    zone: str = _key("zone")
    redacted: Optional[Dict[str, int]] = _key("redacted")


__all__ = [
    "Advice",
    "Agent",
    "Between",
    "Bounds",
    "CauseShare",
    "CauseShareWindows",
    "Coverage",
    "CoverageFidelity",
    "Episode",
    "EpisodeFacts",
    "Estimates",
    "EstimatesRatePerMinute",
    "EstimatesRecoveryDelayS",
    "EstimatesWindowQuota",
    "EstimatesWindowQuotaOr",
    "Evidence",
    "Incident",
    "Input",
    "IsolatedRefusal",
    "Measured",
    "Outlook",
    "Pool",
    "Problem",
    "ReportJson",
    "ReportJsonTool",
    "ReportJsonVerdict",
    "ResumeAt",
    "Source",
    "Strip",
    "Verdict",
    "VerdictScope",
    "Weights",
]
