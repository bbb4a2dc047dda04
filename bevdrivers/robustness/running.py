"""`run_grid`: all specifications of a grid, in this process or in several, and into a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from threadpoolctl import threadpool_limits

from ..errors import EstimationError, InputError, OptionError
from ..options import check_flag
from ..panel import Panel
from .fitting import COLUMNS, TYPES, Work
from .grid import SpecGrid
from .progress import Progress
from .result import GridResult
from .specifications import Specification
from .store import Store
from .workers import checked_jobs

# At most so many specifications go to a process, and into a file, at once: a second or two of work,
# which is what an interruption costs.
MOST = 250
# Each process gets so many portions, so that all end at about the same time.
PORTIONS = 4

Portion = Sequence[Specification]


def run_grid(
    grid: SpecGrid,
    panel: Panel,
    *,
    n_jobs: int = 1,
    store: str | Path | None = None,
    shard: tuple[int, int] | None = None,
    progress: bool = True,
) -> GridResult:
    """Fit all specifications of a grid.

    Parameters
    ----------
    grid : SpecGrid
    panel : Panel
    n_jobs : int
        Processes that share the work; -1 for one a core. BLAS has one thread in each.
    store : path, optional
        A folder that keeps the results as Parquet files. A run that was cut off, by Ctrl-C or the
        end of the machine, goes on from there. Needs the extra ``bevdrivers[store]``.
    shard : (int, int), optional
        (i, n): only the i-th of n parts of the work, i from 1 to n, for array jobs without a
        scheduler. All of them may write to one store; a run without `shard` reads it and does what
        is left.
    progress : bool
        Whether a terminal shows how far the run is.

    Returns
    -------
    GridResult
        The same to the last bit whatever the number of processes, the order and the interruptions:
        each number is that of ``result.fit(number)`` with one thread of BLAS.

    Raises
    ------
    InputError
        As `SpecGrid.check`; something else than a grid.
    OptionError
        A number of processes or a shard that does not exist.
    FileError
        The store is of another grid, panel or version, or cannot be written. What it holds stays.
    EstimationError
        A process was ended from outside.
    MissingPackageError
        A store without pyarrow.

    Notes
    -----
    A specification that cannot be fitted is a row with its message, `GridResult.specifications`.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> panel = bd.load_panel()
    >>> grid = bd.SpecGrid(
    ...     bd.SpatialDurbin("log1p(bev_density) ~ log(gdp_pc) + science_share"),
    ...     weights={"queen": bd.Queen(islands="nearest"), "4 nearest": bd.KNearest(4)},
    ...     models=[bd.SpatialLag],
    ... )
    >>> result = bd.run_grid(grid, panel)
    >>> len(result.specifications)
    4
    """
    if not isinstance(grid, SpecGrid):
        raise InputError(
            "grid",
            expected="a SpecGrid",
            got=type(grid).__name__,
            remedy="Make one: bd.SpecGrid(model, weights=[...]).",
        )
    check_flag("progress", progress)
    n_jobs = checked_jobs(n_jobs)
    specifications = grid.check(panel)
    kept = None if store is None else Store.open(store, specifications.fingerprint)
    wanted = _shard(specifications.to_fit, shard)
    done = set() if kept is None else kept.keys()
    left = _grouped([one for one in wanted if one.key not in done])
    work = Work(grid, panel)
    fresh = _run(work, left, n_jobs, kept, progress)
    rows = fresh if kept is None else kept.rows()
    return GridResult.of(specifications, rows)


def _shard(to_fit: Portion, shard: tuple[int, int] | None) -> Portion:
    """The part of the work that a shard is: specifications that follow each other share much."""
    if shard is None:
        return to_fit
    whole = isinstance(shard, tuple) and len(shard) == 2 and all(type(k) is int for k in shard)
    if not whole or not 1 <= shard[0] <= shard[1]:
        raise OptionError(
            "shard",
            expected="two whole numbers (i, n) with i from 1 to n",
            got=repr(shard),
            remedy="Write shard=(1, 4) for the first of four parts.",
        )
    i, n = shard
    return to_fit[len(to_fit) * (i - 1) // n : len(to_fit) * i // n]


def _grouped(left: Portion) -> Portion:
    """Specifications with those that differ in their covariance alone behind each other."""
    first: dict[Any, int] = {}
    for place, one in enumerate(left):
        first.setdefault((one.estimate, one.data), place)
    return sorted(left, key=lambda one: first[one.estimate, one.data])


def _portions(left: Portion, n_jobs: int) -> list[Portion]:
    """What is left, in runs that a process does at a time."""
    size = min(MOST, max(1, -(-len(left) // (n_jobs * PORTIONS))))
    return [left[start : start + size] for start in range(0, len(left), size)]


def _run(
    work: Work,
    left: Portion,
    n_jobs: int,
    store: Store | None,
    progress: bool,
) -> pd.DataFrame:
    """The rows of what is left, as they come; with a store they go there alone."""
    frames = [pd.DataFrame(columns=list(COLUMNS)).astype(TYPES)]
    with Progress(len(left), asked=progress) as shown:
        for rows in _fitted(work, _portions(left, n_jobs), n_jobs):
            if store is None:
                frames.append(rows)
            else:
                store.write(rows)
            shown.add(rows["key"].nunique())
    return pd.concat(frames[1:] or frames, ignore_index=True)


def _fitted(
    work: Work,
    portions: list[Portion],
    n_jobs: int,
) -> Iterator[pd.DataFrame]:
    """The rows of each portion, in the order in which they are ready."""
    if n_jobs == 1 or len(portions) < 2:
        with threadpool_limits(1):
            yield from map(work.fit_all, portions)
        return
    parallel = joblib.Parallel(
        n_jobs=min(n_jobs, len(portions)),
        return_as="generator_unordered",
        initializer=_receive,
        initargs=(work,),
    )
    tasks = (joblib.delayed(_fit_portion)(portion) for portion in portions)
    try:
        with joblib.parallel_config("loky", inner_max_num_threads=1):
            yield from parallel(tasks)
    except BrokenProcessPool as error:
        raise EstimationError(
            "One of the processes that fit the grid was ended from outside, perhaps because the "
            "memory was full. Run it with fewer processes (n_jobs=); with store= it goes on from "
            "what is done."
        ) from error


# what this process works on
_received: list[Work] = []


def _receive(work: Work) -> None:
    """Keep the work that this process was started for."""
    _received[:] = [work]


def _fit_portion(portion: Portion) -> pd.DataFrame:
    return _received[0].fit_all(portion)
