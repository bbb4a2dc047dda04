"""What the tests are for: requests that they would misread are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import OptionError

if TYPE_CHECKING:
    from ..models.estimators import Estimator


def refuse_dynamic(model: Estimator) -> None:
    """Refuse a dynamic model: these tests start from least squares without y of the period before.

    Raises
    ------
    OptionError
    """
    if model.dynamic is not None:
        raise OptionError(
            "model",
            expected="a model that is not dynamic",
            got=f"dynamic={model.dynamic!r}",
            remedy="Use model.replace(dynamic=None); for dynamic models see fit.wald_test() and fit.lr_test().",
        )
