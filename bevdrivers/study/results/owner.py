"""Which process a working folder belongs to, and whether that process still lives."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import uuid4

RECORD = "owner.json"
PROGRAM = "bevdrivers"
TOKEN = re.compile(r"[0-9a-f]{32}")
# a record is some two hundred bytes long; what is longer is none
LONGEST = 4096
# the runs of this process that have not ended, by their tokens
UNDER_WAY: set[str] = set()


@dataclass(frozen=True)
class Owner:
    """A process that works in a folder.

    Attributes
    ----------
    token : str
        32 hexadecimal digits, drawn anew for each run.
    pid : int
    machine : str
        Host, and on Linux its name space of processes: a pid means nothing outside them.
    born : str
        When the process began, in its system's words; a pid is given out again after its process
        has ended. Empty where the system does not say.
    began : str
        Local time at which the run began.
    """

    token: str
    pid: int
    machine: str
    born: str
    began: str

    @classmethod
    def this_process(cls) -> Owner:
        now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        return cls(uuid4().hex, os.getpid(), this_machine(), born(os.getpid()), now)

    @property
    def may_live(self) -> bool:
        """False only where the run is known to have ended, or its process to be dead."""
        if self.machine != this_machine() or not self.born:
            return True
        if self.pid == os.getpid() and self.born == born(self.pid):
            return self.token in UNDER_WAY
        return born(self.pid) == self.born

    def text(self) -> str:
        """The record as it is written."""
        return json.dumps({"program": PROGRAM, **asdict(self)}, sort_keys=True)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.machine.split()[0]}, begun {self.began}"


def owner_of(folder: Path) -> Owner | None:
    """The owner that the record in a folder names; None for a folder that is none of this
    program's.
    """
    path = folder / RECORD
    if (
        folder.is_symlink()
        or path.is_symlink()
        or not path.is_file()
        or path.stat().st_size > LONGEST
    ):
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.pop("program") != PROGRAM or not TOKEN.fullmatch(record["token"]):
            return None
        return Owner(**record) if _well_formed(record) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _well_formed(record: dict[str, object]) -> bool:
    texts = all(isinstance(record[name], str) and record[name] for name in ("machine", "began"))
    return texts and isinstance(record["born"], str) and type(record["pid"]) is int


@cache
def this_machine() -> str:
    """The host's name and, on Linux, the name space in which its processes are counted."""
    host = socket.gethostname().strip() or "unnamed"
    try:
        return f"{host} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return host


def born(pid: int) -> str:
    """When a process began, in words that stay the same as long as it lives.

    Empty where there is no such process, or only the remains of one that its parent has not yet
    collected.
    """
    if sys.platform == "linux":
        return _born_on_linux(pid)
    if sys.platform == "win32":
        ask = f"(Get-Process -Id {pid}).StartTime.ToUniversalTime().Ticks"
        command = ["powershell", "-NoProfile", "-NonInteractive", "-Command", ask]
    else:
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
    plain = {
        **os.environ,
        "LC_ALL": "C",
        "TZ": "UTC",
    }
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=plain,
            check=False,
        ).stdout.strip()
    except OSError:
        return ""


def _born_on_linux(pid: int) -> str:
    """The boot and the ticks of its clock since: the time of day may be set anew while a process
    lives.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        # the name of the program stands in parentheses and may hold anything
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    state, ticks = fields[0], fields[19]
    return "" if state in "ZX" else f"{boot} {ticks}"
