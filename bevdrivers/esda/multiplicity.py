"""p-values of several tests at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError
from ..options import Adjust, check_option

ADJUSTED_BY = {
    "holm": "Holm",
    "fdr": "false discovery rate of Benjamini and Hochberg",
}


def adjust_p_values(p: Any, method: Adjust = "holm") -> np.ndarray:
    """p-values adjusted for the number of tests.

    With the p-values in ascending order, p_(1) to p_(m):

    - "holm": max over k <= i of min(1, (m - k + 1) p_(k)); controls the chance of one or more false
      rejections, whatever the dependence of the tests.
    - "fdr": min over k >= i of min(1, m p_(k) / k), of Benjamini and Hochberg; controls the
      expected share of false ones among the rejections, for independent or positively dependent
      tests.

    Parameters
    ----------
    p : array of any shape
        All of one family; NaN (a test that does not apply) stays NaN and is not counted.
    method : {"holm", "fdr", None}
        None gives the p-values back.

    Returns
    -------
    array of the shape of `p`

    Raises
    ------
    InputError
        A p-value outside [0, 1].

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70. Benjamini and Hochberg (1995), Journal
    of the Royal Statistical Society B 57, 289-300, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.adjust_p_values([0.01, 0.04, 0.03], "holm").round(3).tolist()
    [0.03, 0.06, 0.06]
    >>> bd.adjust_p_values([0.01, 0.04, 0.03], "fdr").round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    check_option("method", method, Adjust)
    values = np.array(p, dtype=float)
    if np.any((values < 0) | (values > 1)):
        raise InputError(
            "p",
            expected="p-values between 0 and 1",
            got=f"{values.min():g} to {values.max():g}",
            remedy="Pass p-values, not statistics.",
        )
    there = np.flatnonzero(~np.isnan(values.ravel()))
    if method is None or not there.size:
        return values
    order = there[np.argsort(values.ravel()[there], kind="stable")]
    ascending = values.ravel()[order]
    m = len(order)
    if method == "holm":
        adjusted = np.maximum.accumulate(ascending * np.arange(m, 0, -1))
    else:
        adjusted = np.minimum.accumulate((ascending * m / np.arange(1, m + 1))[::-1])[::-1]
    values.flat[order] = np.minimum(adjusted, 1.0)
    return values
