"""The same work on many tasks, in this process or in several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

import joblib
from threadpoolctl import threadpool_limits

from ..errors import EstimationError
from ..options import whole_number

W = TypeVar("W")
T = TypeVar("T")
R = TypeVar("R")

# Each process gets so many portions, so that all end at about the same time.
PORTIONS = 4


def checked_jobs(n_jobs: Any) -> int:
    """The number of processes that is asked for; -1 is one a core."""
    if n_jobs == -1:
        return int(joblib.cpu_count())
    return whole_number("n_jobs", n_jobs, 1, expected="a whole number, 1 or more, or -1")


def in_processes(
    work: W,
    do: Callable[[W, Sequence[T]], list[R]],
    tasks: Sequence[T],
    n_jobs: int,
) -> list[R]:
    """What `do` makes of the tasks, in their order whatever the number of processes.

    Parameters
    ----------
    work : object
        What all tasks share: sent to each process once.
    do : callable
        Work and several tasks -> a result for each of them.
    tasks : sequence
    n_jobs : int

    Raises
    ------
    EstimationError
        A process was ended from outside.
    """
    size = max(1, -(-len(tasks) // (n_jobs * PORTIONS)))
    portions = [tasks[start : start + size] for start in range(0, len(tasks), size)]
    if n_jobs == 1 or len(portions) < 2:
        with threadpool_limits(1):
            return do(work, tasks)
    parallel = joblib.Parallel(n_jobs=n_jobs, initializer=_receive, initargs=(work,))
    calls = (joblib.delayed(_do_portion)(do, portion) for portion in portions)
    try:
        with joblib.parallel_config("loky", inner_max_num_threads=1):
            done = parallel(calls)
    except BrokenProcessPool as error:
        raise EstimationError(
            "One of the processes was ended from outside, perhaps because the memory was full. Use "
            "fewer of them (n_jobs=)."
        ) from error
    return [one for portion in done for one in portion]


# what this process works on
_received: list[Any] = []


def _receive(work: Any) -> None:
    """Keep the work that this process was started for."""
    _received[:] = [work]


def _do_portion(do: Callable[[Any, Sequence[Any]], list[Any]], portion: Sequence[Any]) -> list[Any]:
    return do(_received[0], portion)
