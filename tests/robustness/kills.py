"""Runs that are killed at random moments, and go on.

``python -m tests.robustness.kills FOLDER RUNNERS WORKERS`` kills so many of both. A runner is
forked, so that no import is waited for, and ended by SIGKILL; or one of its workers is. Whenever a
store is complete its table is compared with that of a run that nobody disturbed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import pandas as pd
from joblib.externals.loky import reusable_executor

import bevdrivers as bd
from bevdrivers.robustness import running

from .grids import panel, varied

GRID, PANEL = varied(), panel()


def kill_runners(folder: Path, times: int, rng: random.Random) -> int:
    """Kill so many runners; how many stores were completed on the way."""
    completed = killed = 0
    while killed < times:
        child = os.fork()
        if child == 0:
            bd.run_grid(GRID, PANEL, store=folder / f"store{completed}")
            os._exit(0)
        time.sleep(rng.uniform(0.0, 1.0))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
        else:
            completed += 1
    return completed


def kill_workers(folder: Path, times: int, rng: random.Random) -> int:
    """Kill a worker of so many runs; how many of the runs it has ended."""
    ended = 0
    for _ in range(times):
        timer = threading.Timer(rng.uniform(0.0, 0.5), _kill_a_worker, [rng])
        timer.start()
        try:
            bd.run_grid(GRID, PANEL, store=folder / "workers", n_jobs=2)
        except bd.EstimationError:
            ended += 1
        timer.join()
    return ended


def _kill_a_worker(rng: random.Random) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        workers = list(getattr(reusable_executor._executor, "_processes", None) or ())
        if workers:
            os.kill(rng.choice(workers), signal.SIGKILL)
            return
        time.sleep(0.05)


def main(folder: Path, runners: int, workers: int) -> None:
    # small portions: more moments at which a file is being written
    running.MOST = 4
    rng = random.Random(7)
    undisturbed = bd.run_grid(GRID, PANEL)
    completed = kill_runners(folder, runners, rng)
    ended = kill_workers(folder, workers, rng) if workers else 0
    stores = sorted(path for path in folder.iterdir() if path.is_dir())
    for store in stores:
        resumed = bd.run_grid(GRID, PANEL, store=store)
        pd.testing.assert_frame_equal(resumed.rows, undisturbed.rows, check_exact=True)
    print(f"{runners} runners killed, {completed} stores completed, {ended} runs ended by a worker")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
