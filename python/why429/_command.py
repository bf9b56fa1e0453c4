"""Finds and runs the command of this wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any, Iterable, List, Mapping, Sequence, Union

PathLike = Union[str, "os.PathLike[str]"]


class Why429Error(Exception):
    """The command failed. The text is what it said.

    Attributes:
        code: Its exit code.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class UsageError(Why429Error, ValueError):
    """An option or its value was wrong (exit code 2)."""


class NothingRecognised(Why429Error):
    """No log and no usage snapshot that is known was in the inputs (exit code 3)."""


class ReadError(Why429Error, OSError):
    """A file could not be read or written (exit code 1).

    Attributes:
        report: What could be made all the same, or None.
    """

    report: Any = None


def command() -> str:
    """The path of the command that was installed with this module.

    Raises:
        FileNotFoundError: it is not there: the wheel was taken apart.
    """
    name = "why429" + (sysconfig.get_config_var("EXE") or "")
    for place in _places(name):
        if place.is_file():
            return str(place)
    raise FileNotFoundError(f"the command {name} of this package is missing; install the package again")


def _places(name: str) -> Iterable[Path]:
    try:
        files = metadata.files("why429") or []
    except metadata.PackageNotFoundError:
        files = []
    yield from (Path(str(f.locate())).resolve() for f in files if f.name == name)
    yield Path(sysconfig.get_path("scripts")) / name
    here = Path(__file__).resolve().parent
    # `pip install --target` and `--prefix`.
    yield here.parent / "bin" / name
    yield Path(sys.prefix) / "bin" / name


def run(words: Sequence[str], passes: Sequence[int] = (0,)) -> "subprocess.CompletedProcess[str]":
    """Runs the command, and raises what it said where its exit code is none of ``passes``."""
    done = subprocess.run([command(), *words], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode not in passes:
        raise failure(done)
    return done


def failure(done: "subprocess.CompletedProcess[str]") -> Why429Error:
    """The error of a run."""
    kinds = {1: ReadError, 2: UsageError, 3: NothingRecognised}
    kind = kinds.get(done.returncode, Why429Error)
    lines = [line[len("why429: ") :] if line.startswith("why429: ") else line for line in done.stderr.splitlines()]
    said = "\n".join(line for line in lines if line.strip())
    return kind(said or f"why429 ended with {done.returncode}", done.returncode)


def paths_of(paths: Union[PathLike, Iterable[PathLike]]) -> List[str]:
    """One path or several, as words of a command line that no option can be mistaken for."""
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    return ["--", *(os.fspath(path) for path in given)] if given else []


#: Options that are given once for each value; all other lists are joined by commas.
_REPEATED = ("pool",)


def options_of(options: Mapping[str, Any]) -> List[str]:
    """Keyword arguments as options: ``log_tz="UTC"`` is ``--log-tz=UTC``, ``home=True`` is ``--home``."""
    words = []
    for name, value in options.items():
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(option)
        elif name in _REPEATED and isinstance(value, (list, tuple)):
            words.extend(f"{option}={_text(v)}" for v in value)
        else:
            words.append(f"{option}={_text(value)}")
    return words


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UsageError("give a datetime with a zone", 2)
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return ",".join(f"{k}={v}" for k, v in value.items())
    if isinstance(value, (list, tuple, set)):
        return ",".join(_text(v) for v in value)
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)
