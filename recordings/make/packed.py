"""A recording's logs as one archive, and back. In: NAME/{logs,usage}. Out: NAME/logs.tar.gz, the same bytes for the same files.

    tar -xzf recordings/NAME/logs.tar.gz -C /tmp/NAME     gives /tmp/NAME/logs, and usage where snapshots were saved
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
import tempfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Iterator

PARTS = ("logs", "usage")
ARCHIVE = "logs.tar.gz"


def pack(folder: Path) -> None:
    """Replaces the folder's logs and snapshots by an archive: names sorted, no owner, every file as old as the recording's end."""
    ended = json.loads((folder / "TRUTH.json").read_text())["recorded_to"]
    mtime = int(datetime.fromisoformat(ended.replace("Z", "+00:00")).timestamp())
    files = sorted(file for part in PARTS for file in (folder / part).rglob("*") if file.is_file())
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as out:
        for file in files:
            content = file.read_bytes()
            entry = tarfile.TarInfo(file.relative_to(folder).as_posix())
            entry.size, entry.mtime, entry.mode = len(content), mtime, 0o644
            out.addfile(entry, io.BytesIO(content))
    with open(folder / ARCHIVE, "wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as out:
        out.write(archive.getvalue())
    for part in PARTS:
        shutil.rmtree(folder / part, ignore_errors=True)


@contextmanager
def unpacked(folder: Path) -> Iterator[Path]:
    """A folder that holds the recording's logs and snapshots as files, while it is needed; without an archive the folder itself."""
    if not (folder / ARCHIVE).is_file():
        yield folder
        return
    with tempfile.TemporaryDirectory() as to:
        with tarfile.open(folder / ARCHIVE) as archive:
            archive.extractall(to, filter="data")
        yield Path(to)


def inputs(at: Path) -> list[str]:
    """What a user would point at: the logs and snapshots of an unpacked recording, or else the folder."""
    return [str(at / part) for part in PARTS if (at / part).is_dir()] or [str(at)]
