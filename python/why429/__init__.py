"""Why did my requests fail, which limit was it, and when does it end?

This module runs the ``why429`` command of its own wheel and gives its answers as objects. It reads files only and uses
no network. Times are aware datetimes in UTC; None is unknown, never zero.

    >>> import why429
    >>> report = why429.analyze("fixtures/thread-hour-snapshot")
    >>> report.episodes[0].verdict.cause
    'token_window'
"""

from ._command import NothingRecognised, ReadError, UsageError, Why429Error, command
from ._api import NextAnswer, PoolNext, Report, analyze, next, timeline

__all__ = [
    "NextAnswer",
    "NothingRecognised",
    "PoolNext",
    "ReadError",
    "Report",
    "UsageError",
    "Why429Error",
    "analyze",
    "command",
    "next",
    "timeline",
]
