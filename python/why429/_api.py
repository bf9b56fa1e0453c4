"""What the module offers."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Iterable, List, Mapping, Optional, Tuple, Union

from ._command import PathLike, ReadError, UsageError, failure, options_of, paths_of, run
from .report import ReportJson

Paths = Union[PathLike, Iterable[PathLike]]

#: Options of the command that this module sets itself.
_OWN = {"format", "output", "o", "json", "open", "quiet", "verbose", "no_pager", "color", "ticket"}


@dataclass(frozen=True)
class Report(ReportJson):
    """A report: the fields of schema ``why429.report/v1``, and two more.

    Attributes:
        raw: The JSON document as a dict, with every key.
        matched: Whether ``fail_on`` matched an episode.
        warnings: What the command said on standard error, line by line.
    """

    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, metadata={"key": "", "of": None})
    matched: bool = field(default=False, metadata={"key": "", "of": None})
    warnings: Tuple[str, ...] = field(default=(), metadata={"key": "", "of": None})
    _again: Tuple[str, ...] = field(default=(), repr=False, metadata={"key": "", "of": None})

    def to_markdown(self) -> str:
        """The report as Markdown, with pseudonyms for accounts and sessions: what may be shared.

        The command runs once more on the same paths.

        Raises:
            Why429Error: it failed this time, for instance since a file is gone.
        """
        return run(["analyze", "--format=markdown", *self._again], (0, 1, 5)).stdout


def analyze(paths: Paths = (), **options: Any) -> Report:
    """Analyses log files and folders.

    Args:
        paths: A path or several: logs, folders, saved usage snapshots. With ``home=True`` none: this user's agent folders.
        **options: Options of ``why429 analyze`` with ``_`` for ``-``: ``now``, ``since``, ``until`` (a text such as
            ``"2026-03-03T16:00:00Z"``, or an aware datetime), ``last`` and relative times (``"7d"``), ``tz``, ``log_tz``,
            ``provider``, ``account``, ``home``, ``hash``, ``map`` (a dict), ``fail_on`` (a list of causes),
            ``min_probability`` (0 to 1), ``max_attempts``, ``jobs``, ``config``.

    Returns:
        The report. ``episodes`` is empty where nothing was refused for long.

    Raises:
        UsageError: an option or its value is wrong.
        NothingRecognised: no input is a log or usage snapshot that is known.
        ReadError: a file could not be read; its ``report`` is what could be made.
    """
    _check(options)
    again = [*options_of(options), *paths_of(paths)]
    done = run(["analyze", "--format=json", *again], (0, 1, 5))
    report = _report(done, again)
    if done.returncode == 1:
        error = failure(done)
        error.report = report  # type: ignore[attr-defined]
        raise error
    if report is None:
        raise ReadError("the command wrote no report", done.returncode)
    return report


def _report(done: "subprocess.CompletedProcess[str]", again: List[str]) -> Optional[Report]:
    try:
        raw = json.loads(done.stdout)
    except ValueError:
        return None
    plain = ReportJson.from_json(raw)
    warnings = tuple(line for line in done.stderr.splitlines() if line.strip())
    return Report(**vars(plain), raw=raw, matched=done.returncode == 5, warnings=warnings, _again=tuple(again))


@dataclass(frozen=True)
class PoolNext:
    """When one pool can go on.

    Attributes:
        pool: ``provider/account/model``.
        state: ``open``, ``blocked``, ``uncertain`` or ``unknown``.
        cause: Cause of the block, or None.
        window_minutes: Length of the used-up window in minutes, or None.
        confidence: ``confirmed``, ``supported``, ``compatible``, ``undetermined`` or None.
        probability: Of the cause, 0 to 1, or None.
        resume_earliest: The earliest time at which a request may be admitted again, or None.
        resume_best: The best estimate of it, or None.
        resume_latest: The latest, or None.
        basis: How it is known: ``named_reset``, ``snapshot``, ``window_length``, ``past_pauses``, ``cap`` or ``none``.
        start_with: How many requests at once to begin with, or None.
        advice: One sentence.
        raw: The JSON object.
    """

    pool: str
    state: str
    cause: Optional[str]
    window_minutes: Optional[int]
    confidence: Optional[str]
    probability: Optional[float]
    resume_earliest: Optional[datetime]
    resume_best: Optional[datetime]
    resume_latest: Optional[datetime]
    basis: Optional[str]
    start_with: Optional[int]
    advice: str
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class NextAnswer:
    """What ``why429 next`` answers (schema ``why429.next/v1``).

    Attributes:
        now: The time that it was answered for.
        pools: One entry for each pool.
        blocked: Whether a pool is blocked.
        raw: The JSON document.
    """

    now: datetime
    pools: List[PoolNext]
    blocked: bool
    raw: Mapping[str, Any] = field(repr=False)


def next(paths: Paths = (), **options: Any) -> NextAnswer:  # noqa: A001
    """Says of every pool when requests can go on.

    Args:
        paths: A path or several; none: this user's agent folders.
        **options: Options of ``why429 next`` with ``_`` for ``-``: ``now``, ``since``, ``last``, ``pool`` (a pool or several),
            ``wait`` (True: it returns when no pool is blocked) ...

    Returns:
        The answer. ``blocked`` is True where a pool would refuse a request now, with a probability of 0.9 or more.

    Raises:
        UsageError: an option or its value is wrong.
        NothingRecognised, ReadError: as for ``analyze``.
    """
    _check(options)
    given = paths_of(paths)
    if not given:
        options.setdefault("home", True)
    done = run(["next", "--format=json", *options_of(options), *given], (0, 6))
    raw = json.loads(done.stdout)
    return NextAnswer(_time(raw["now"]), [_pool(p) for p in raw["pools"]], done.returncode == 6, raw)  # type: ignore[arg-type]


def _pool(raw: Mapping[str, Any]) -> PoolNext:
    resume = raw.get("resume_at") or {}
    plain = ["cause", "window_minutes", "confidence", "probability", "basis", "start_with"]
    return PoolNext(
        pool=raw["pool"],
        state=raw["state"],
        resume_earliest=_time(resume.get("earliest")),
        resume_best=_time(resume.get("best")),
        resume_latest=_time(resume.get("latest")),
        advice=raw.get("advice") or "",
        raw=raw,
        **{key: raw.get(key) for key in plain},
    )


def _time(text: Optional[str]) -> Optional[datetime]:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def timeline(paths: Paths, output: Optional[PathLike] = None, **options: Any) -> Any:
    """Every attempt once, and every usage snapshot, as a table (columns: docs/REPORT.md).

    Args:
        paths: A path or several.
        output: A file to write, by its ending ``.parquet``, ``.csv`` or ``.jsonl``; its path is then returned.
        **options: Options of ``why429 timeline`` with ``_`` for ``-``: ``tz``, ``log_tz``, ``provider``, ``account``, ``map`` ...

    Returns:
        With ``output`` its Path. Else a ``polars.DataFrame``, one row an attempt or snapshot, where polars is installed,
        and the Path of a Parquet file in a temporary folder where it is not.

    Raises:
        UsageError, NothingRecognised, ReadError: as for ``analyze``.
    """
    _check(options)

    def write(to: Path) -> Path:
        run(["timeline", "--output", str(to), *options_of(options), *paths_of(paths)])
        return to

    if output is not None:
        return write(Path(output))
    try:
        import polars
    except ImportError:
        return write(Path(tempfile.mkdtemp(prefix="why429-")) / "timeline.parquet")
    with tempfile.TemporaryDirectory(prefix="why429-") as folder:
        return polars.read_parquet(write(Path(folder) / "timeline.parquet"), memory_map=False)


def _check(options: Mapping[str, Any]) -> None:
    own = sorted(_OWN.intersection(options))
    if own:
        raise UsageError(f"this module sets {', '.join(own)} itself", 2)
