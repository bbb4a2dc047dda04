"""Weights from files that other programs wrote: GeoDa, R, Stata, MATLAB, spreadsheets."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from ..errors import BevdriversError, InputError, OptionError, WeightsError, first_five
from ..ids import id_key, positions
from ..options import FileValues, check_option
from ..panel import read_excel, read_stata
from ..panel.matching import likely_reasons
from .link_tables import TWO_FORMS, IdsAndLinks, links_from_table
from .matrices import as_numbers, checked_ids, checked_links, refuse_several
from .recipe import FixedRecipe
from .spatial_units import SpatialUnits
from .text_formats import links_of_table, links_of_text, read_gal, read_gwt, text_of
from .weights import SpatialWeights


@dataclass(frozen=True)
class FromFile(FixedRecipe):
    """Request for weights that are read from a file and matched to the units by id.

    ========= =========================================================================================
    ``.gal``  GeoDa and R (``write.nb.gal``): neighbours ``.gwt``  GeoDa and R (``write.sn2gwt``):
    origin, destination, weight (or distance, see `values`) ``.mat``  MATLAB up to v7: a square
    matrix, full or sparse, and `ids` if there ``.csv``  a square matrix with ids in the first row
    and column, or rows of origin, destination, weight ``.xlsx`` as csv ``.dta``  Stata: a square
    matrix of variables behind a variable of ids, or origin, destination, weight ``.txt``  Stata
    ``spmatrix export`` and ``spmat export`` (matrix or nlist), R ``dput(nb)`` and
              ``write.sn2dat`` (also ``.dat``), or as csv with blanks, tabs, commas or semicolons
    ========= =========================================================================================

    Parameters
    ----------
    path : str or Path
    ids : sequence, optional
        The unit of each row, in the order of the file, where the file has no ids or only row
        numbers; or all the units, where the file leaves those without links out. Rows are never
        matched by position unless you say so here.
    values : {"weight", "binary", "distance"}
        What the numbers of the file are: weights; links that count 1 when above 0; or distances d,
        which become 1/d (GeoDa writes distances into a .gwt).
    variable : str, optional
        Name of the matrix in a .mat file or of the sheet of an .xlsx file; the only square matrix
        and the first sheet when absent.
    encoding : str, optional
        Of a file of text, such as ``"cp1252"``; found from its bytes when absent, as `read_csv` of
        panels does.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import bevdrivers as bd
    >>> file = Path(tempfile.mkdtemp()) / "three.gal"
    >>> _ = file.write_text("0 3 three id\\na 1\\nb\\nb 2\\na c\\nc 1\\nb\\n")
    >>> bd.FromFile(file).fit()
    SpatialWeights three: 3 units, 4 links, normalise='row'
    """

    path: str | Path
    ids: Sequence[Hashable] | None = None
    values: FileValues = "weight"
    variable: str | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_option("values", self.values, FileValues)
        object.__setattr__(self, "path", Path(self.path).as_posix())
        if self.ids is not None:
            object.__setattr__(self, "ids", tuple(self.ids))
        if Path(self.path).suffix.lower() not in READERS:
            raise OptionError(
                "path",
                expected=f"a file with one of the endings {list(READERS)}",
                got=str(self.path),
                remedy="Save it as CSV: rows of origin, destination, weight.",
            )

    @property
    def name(self) -> str:
        return Path(self.path).stem

    @property
    def given(self) -> tuple[Hashable, ...] | None:
        """The ids that the user gave."""
        return None if self.ids is None else tuple(self.ids)

    def fit(self, panel_or_geometry: Any = None) -> SpatialWeights:
        """The weights of a panel's units or a map's rows, or without either of the units that the
        file names.

        Raises
        ------
        WeightsError
            The file cannot be read as weights, has no ids, lacks units, or has cells at fault.
        """
        if panel_or_geometry is not None:
            return self._fitted(SpatialUnits.of(panel_or_geometry))
        ids, links = self.read()
        return self._fitted(SpatialUnits(ids), links)

    def _links(self, units: SpatialUnits) -> sparse.csr_array:
        ids, links = self.read()
        position = positions(units.ids, with_blanks(ids, units.ids))
        if (position < 0).any():
            lost = [units.ids[i] for i in np.flatnonzero(position < 0)]
            raise WeightsError(
                "path",
                expected="a row for every unit of the panel or map",
                got=(
                    f"none for {len(lost)} units: {first_five(lost)}; the file has "
                    f"{first_five(ids)}"
                ),
                remedy="Rename the ids so that they agree, give ids= where the file has row "
                "numbers, or drop the units "
                "with panel.drop_units(...). " + " ".join(likely_reasons(lost, ids)),
            )
        if len(units.ids) < len(ids):
            units.notes.append(f"cut from {len(ids)} units of the file to {len(units.ids)}")
        return sparse.csr_array(links[position][:, position])

    def read(self) -> tuple[tuple[Hashable, ...], sparse.csr_array]:
        """Ids and raw links, (N, N), of all units of the file.

        Raises
        ------
        WeightsError
            The file cannot be read as weights, has no ids, or has cells at fault.
        """
        with _naming(Path(self.path)):
            return self._read(Path(self.path))

    def _read(self, path: Path) -> tuple[tuple[Hashable, ...], sparse.csr_array]:
        if not path.is_file():
            raise WeightsError(
                "path",
                expected="a file",
                got=f"none at {path.as_posix()!r}",
                remedy="Paths start at the working folder.",
            )
        if path.stat().st_size == 0:
            raise WeightsError(
                "path",
                expected="weights",
                got="an empty file",
                remedy=TWO_FORMS,
            )
        ids, matrix = _content(path, self)
        refuse_several(matrix)
        named = self.given if ids is None else ids
        if named is None:
            raise WeightsError(
                "path",
                expected="ids of the rows",
                got=f"a matrix of shape {np.shape(matrix)} without ids in {path.name!r}",
                remedy="Say which unit each row is: FromFile(path, ids=[...]).",
            )
        units = checked_ids(named)
        return units, checked_links(_as_weights(matrix, self.values), units)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the name of the file into errors about what it holds."""
    try:
        yield
    except WeightsError as error:
        if path.name in str(error):
            raise
        got = f"{error.got}, in {path.name!r}"
        raise WeightsError(
            error.argument,
            expected=error.expected,
            got=got,
            remedy=error.remedy,
        ) from error


def _content(path: Path, recipe: FromFile) -> IdsAndLinks:
    """What a file holds; whatever a file of another form makes its reader raise is said as one of
    our errors.
    """
    try:
        return READERS[path.suffix.lower()](path, recipe)
    except WeightsError:
        raise
    except InputError as error:
        raise WeightsError(
            "path",
            expected=error.expected,
            got=error.got,
            remedy=error.remedy,
        ) from error
    except BevdriversError:
        raise
    except Exception as error:
        got = f"{path.name!r}, which is none ({type(error).__name__}: {error})"[:300]
        raise WeightsError(
            "path",
            expected=f"a {path.suffix.lower()} file of weights",
            got=got,
            remedy="Is the file whole, and does its ending say what it is? As text: rows of origin, "
            "destination, weight.",
        ) from error


def with_blanks(ids: Sequence[Hashable], wanted: Sequence[Hashable]) -> list[Hashable]:
    """The file's ids, with blanks for the underscores that stand for them in formats that separate
    by blanks.
    """
    known = {id_key(name) for name in wanted}
    return [
        spaced
        if isinstance(name, str)
        and id_key(name) not in known
        and id_key(spaced := name.replace("_", " ")) in known
        else name
        for name in ids
    ]


def _as_weights(matrix: Any, values: FileValues) -> Any:
    if values == "weight":
        return matrix
    links = as_numbers(matrix)
    if values == "binary":
        links.data = np.where(links.data > 0, 1.0, links.data)
        return links
    dense = isinstance(matrix, np.ndarray)
    zero = links.shape[0] * (links.shape[0] - 1) - _off_diagonal(links) if dense else 0
    zero += int((links.data == 0).sum())
    if zero > 0:
        raise WeightsError(
            "values",
            expected="distances above 0 between units",
            got=f"{zero} distances of 0",
            remedy="Units at one place have no 1/d: write a least distance into the file.",
        )
    links.data = 1.0 / links.data
    return links


def _off_diagonal(links: sparse.csr_array) -> int:
    """Number of cells beside the diagonal that are not zero."""
    coo = links.tocoo()
    return int(((coo.row != coo.col) & (coo.data != 0)).sum())


def _mat(path: Path, recipe: FromFile) -> IdsAndLinks:
    from scipy.io import loadmat

    variable = recipe.variable
    try:
        content = {
            name: value for name, value in loadmat(path).items() if not name.startswith("__")
        }
    except NotImplementedError:
        raise WeightsError(
            "path",
            expected="a MATLAB file up to version 7",
            got="version 7.3",
            remedy="Save it with save(..., '-v7').",
        ) from None
    shapes = {name: np.shape(value) for name, value in content.items()}
    square = [
        name
        for name, shape in shapes.items()
        if len(shape) == 3 or (len(shape) == 2 and shape[0] == shape[1] > 1)
    ]
    if variable is not None and variable in content:
        square = [variable]
    if len(square) != 1:
        raise WeightsError(
            "variable",
            expected="the name of one square matrix of the file",
            got=f"{variable!r} of {shapes}",
            remedy="Say which: FromFile(path, variable=...).",
        )
    stored = _mat_ids(content["ids"]) if "ids" in content else None
    return (stored if recipe.ids is None else None), content[square[0]]


def _mat_ids(held: Any) -> list[Hashable]:
    return [
        np.ravel(one)[0].item() if isinstance(one, np.ndarray) else one
        for one in np.ravel(held).tolist()
    ]


def _excel(path: Path, recipe: FromFile) -> IdsAndLinks:
    sheet = 0 if recipe.variable is None else recipe.variable
    cells = read_excel(
        path,
        header=None,
        dtype=object,
        sheet_name=sheet,
    )
    return links_from_table(cells.to_numpy(dtype=object), recipe.given)


def _stata(path: Path, recipe: FromFile) -> IdsAndLinks:
    frame = read_stata(path, convert_categoricals=True)
    head = np.array(frame.columns, dtype=object)[None, :]
    return links_from_table(np.vstack([head, frame.to_numpy(dtype=object)]), recipe.given)


def _of_text(read: Callable[[str, tuple[Hashable, ...] | None], IdsAndLinks]) -> Reader:
    """The reader of a file from that of its text."""
    return lambda path, recipe: read(text_of(path, recipe.encoding), recipe.given)


Reader = Callable[[Path, FromFile], IdsAndLinks]

READERS: dict[str, Reader] = {
    ".gal": _of_text(read_gal),
    ".gwt": _of_text(read_gwt),
    ".mat": _mat,
    ".csv": _of_text(links_of_table),
    ".xlsx": _excel,
    ".dta": _stata,
    ".txt": _of_text(links_of_text),
    ".dat": _of_text(links_of_text),
}
