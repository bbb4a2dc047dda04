"""The command line: a handful of commands, each one call into `study`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from . import __version__
from .errors import BevdriversError, InputError
from .files import file_error

if TYPE_CHECKING:
    from .study import StudyResult


class Exit(IntEnum):
    """The exit codes of all commands; `docs/howto/study.md` says what each means."""

    DONE = 0
    NOT_REPRODUCED = 1
    FAILED = 2
    NOT_CHECKED = 3
    # as a shell counts them: 128 and the number of the signal
    INTERRUPTED = 130
    TERMINATED = 143


# what `verify` found -> exit code
VERDICTS = {
    "reproduced": Exit.DONE,
    "not reproduced": Exit.NOT_REPRODUCED,
    "could not be checked": Exit.NOT_CHECKED,
}


class Terminated(KeyboardInterrupt):
    """The process was asked to end, by a batch system for instance: it stops as it does for
    Ctrl-C.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        The exit code: 0; 1 where results were not reproduced; 2 for an error that can be mended; 3
        where a package could not be checked; 130 where Ctrl-C stopped the command, 143 where a
        termination did.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return Exit.DONE
    command: Callable[[argparse.Namespace], int] = options.command
    before = _state_of_results(options)
    try:
        with _terminations_raised():
            return command(options)
    except (BevdriversError, OSError) as error:
        if options.debug:
            raise
        print(f"bevdrivers: {_in_words(error, _path_asked_for(options))}", file=sys.stderr)
        return Exit.FAILED
    except KeyboardInterrupt as stop:
        changed = _state_of_results(options) != before
        outcome = "the new results are complete" if changed else "no result was changed"
        print(f"bevdrivers: stopped; {outcome}", file=sys.stderr)
        return Exit.TERMINATED if isinstance(stop, Terminated) else Exit.INTERRUPTED


def _in_words(error: Exception, path: str) -> Exception:
    """The error as the package words it: a refusal of the system names the file and the need."""
    if isinstance(error, OSError) and not isinstance(error, BevdriversError):
        return file_error(error, path)
    return error


@contextmanager
def _terminations_raised() -> Iterator[None]:
    """Let a termination raise `Terminated`, so that drafts are cleared away as after Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals come to the main thread only
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)


def _path_asked_for(options: argparse.Namespace) -> str:
    """The file or folder that the command is to write, or else the one that it reads."""
    given = vars(options)
    paths = (given.get(name) for name in ("out", "folder", "file", "package"))
    return next((path for path in paths if path), "bevdrivers")


def _state_of_results(options: argparse.Namespace) -> tuple[int, int] | None:
    """What changes when the results of a command do: they are exchanged as one, so that one file
    stands for all.
    """
    try:
        state = Path(_path_asked_for(options), options.witness).stat()
    except OSError:
        return None
    return state.st_ino, state.st_mtime_ns


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bevdrivers",
        description=(
            "Spatial panel studies: from data and a map to journal tables, figures and a report."
        ),
        epilog="Begin with: bevdrivers init mystudy",
    )
    parser.add_argument("--version", action="version", version=f"bevdrivers {__version__}")
    # the witness is a file that changes when the results of a command do
    parser.set_defaults(command=None, debug=False, witness="")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    industry = "China's battery electric vehicle industry"
    _takes_results(_command(commands, "study", f"run the bundled study of {industry}", _study))
    run = _command(commands, "run", "run a study file", _run)
    _takes_study(run)
    _takes_results(run)
    _takes_specifications(run)
    about = "run the specifications of a study file's [robustness] alone"
    _takes_robustness(_command(commands, "robustness", about, _robustness))
    about = "check a study file and its data, computing nothing"
    _takes_study(_command(commands, "check", about, _check))
    about = "write a study file, example data and a guide into a folder"
    _takes_folder(_command(commands, "init", about, _init))
    about = "run a study file and make a replication package of it"
    _takes_package_to_make(_command(commands, "package", about, _package))
    about = "run a replication package again and compare the results"
    _takes_package_to_verify(_command(commands, "verify", about, _verify))
    return parser


def _takes_study(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="STUDY.toml", help="the study file")


def _takes_results(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out",
        metavar="DIR",
        default="results",
        help="folder of the results (default: results)",
    )
    command.add_argument(
        "--replace",
        action="store_true",
        help=(
            "replace also results of another study, and files there that were changed or that no "
            "run made"
        ),
    )
    command.set_defaults(witness="manifest.json")


def _takes_specifications(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        default=1,
        help="processes that share the specifications; -1 for one a core (default: 1)",
    )
    command.add_argument(
        "--store",
        metavar="DIR",
        help="folder of the specifications that are done: a run that was cut off goes on from it",
    )


def _takes_robustness(command: argparse.ArgumentParser) -> None:
    _takes_study(command)
    _takes_results(command)
    _takes_specifications(command)
    command.add_argument(
        "--shard",
        metavar="i/N",
        type=_shard,
        help="fit the i-th of N parts into the store, and write no results: for array jobs",
    )
    command.set_defaults(out="results/robustness")


def _shard(text: str) -> tuple[int, int]:
    """The numbers of ``i/N``."""
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"expected i/N such as 1/4, got {text!r}")
    return int(part), int(parts)


def _takes_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", metavar="DIR", help="the folder; it is made where it is missing")
    command.set_defaults(witness="study.toml")


def _takes_package_to_make(command: argparse.ArgumentParser) -> None:
    _takes_study(command)
    command.add_argument(
        "--out",
        metavar="FILE.zip",
        default="study.zip",
        help="the package (default: study.zip)",
    )


def _takes_package_to_verify(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "package", metavar="FILE.zip", help="the package, or the folder it was unpacked to"
    )
    command.add_argument("--out", metavar="DIR", help="keep the new results in this folder")
    command.add_argument(
        "--sha256",
        metavar="DIGEST",
        help="the published hash of the package; another is not opened",
    )
    command.set_defaults(witness="manifest.json")
    command.epilog = "Exit codes: 0 reproduced, 1 not reproduced, 2 usage, 3 could not be checked."


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    command: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
    parser.add_argument("--debug", action="store_true", help="show the whole traceback of an error")
    parser.set_defaults(command=command)
    return parser


# the heavy packages are imported when a command runs, so that --help answers at once


def _study(options: argparse.Namespace) -> int:
    from .study import bundled_study, run_study

    file = str(bundled_study())
    return _wrote(run_study(file, options.out, replace=options.replace, progress=_say))


def _run(options: argparse.Namespace) -> int:
    from .study import run_study

    how = {"n_jobs": options.jobs, "store": options.store}
    return _wrote(
        run_study(options.file, options.out, replace=options.replace, progress=_say, **how)
    )


def _robustness(options: argparse.Namespace) -> int:
    from .study import fill_store, run_robustness

    how = {"n_jobs": options.jobs, "store": options.store}
    if options.shard is None:
        return _wrote(
            run_robustness(options.file, options.out, replace=options.replace, progress=_say, **how)
        )
    if options.store is None:
        raise InputError(
            "--shard",
            expected="a store that all parts share",
            got="none",
            remedy="Add --store DIR.",
        )
    done = fill_store(
        options.file, options.store, options.shard, n_jobs=options.jobs, progress=True
    )
    print(f"{done:,} specifications are in {options.store}.")
    return Exit.DONE


def _wrote(result: StudyResult) -> int:
    print(f"{len(result.files)} files in {result.folder}. Open {result.report}")
    return Exit.DONE


def _say(line: str) -> None:
    print(_printable(line, sys.stdout), flush=True)


def _printable(text: str, stream: TextIO) -> str:
    """A text without the letters that a stream cannot show: they are written out."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _check(options: argparse.Namespace) -> int:
    from .study import check_study

    print(check_study(options.file).describe())
    print("The study can be run.")
    return Exit.DONE


def _package(options: argparse.Namespace) -> int:
    from .study import package_study
    from .study.results.folder import sha256

    path = package_study(options.file, options.out, progress=_say)
    print(f"Wrote {path}. Complete its README, then try it: bevdrivers verify {path}")
    print(f"SHA-256, to be published where others find it: {sha256(path)}")
    return Exit.DONE


def _verify(options: argparse.Namespace) -> int:
    """Every way out is one of the exit codes: a crash, which Python would end with 1, is no
    verdict.
    """
    try:
        from .study import verify_package

        verification = verify_package(
            options.package,
            out=options.out,
            sha256=options.sha256,
            progress=_say,
        )
        _say(verification.summary())
        return VERDICTS[verification.verdict]
    except Exception as error:
        return _unverified(error, options.debug)


def _unverified(error: Exception, debug: bool) -> int:
    """Say why a package was not verified; nothing is imported, since that may be what failed."""
    if debug:
        traceback.print_exception(error)
    mendable = isinstance(error, BevdriversError) and not hasattr(error, "verdict")
    verdict = "" if mendable else "COULD NOT BE CHECKED: "
    message = _without_controls(str(_in_words(error, "the package")))
    print(_printable(f"bevdrivers: {verdict}{message}", sys.stderr), file=sys.stderr)
    return Exit.FAILED if mendable else Exit.NOT_CHECKED


def _without_controls(text: str) -> str:
    """A text of a stranger as a terminal only shows it: what acts on terminals is written out."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def _init(options: argparse.Namespace) -> int:
    from .study import init_study

    for path in init_study(options.folder):
        print(f"Wrote {path}")
    print(f"Next: bevdrivers check {options.folder}/study.toml")
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
