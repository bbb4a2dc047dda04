"""What the requests for spatial statistics share: the options of their tests, their checks, the
words of their weights.

`StatisticRequest` holds the options that the global and the local statistics have in common, each
once.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from ..errors import OptionError
from ..options import Adjust, Alternative, check_option, whole_number
from ..weights import SpatialWeights
from .panel_variable import frozen_stages


class Request:
    """A frozen request for a spatial statistic of a variable of a panel."""

    stages: Any

    def replace(self, **options: Any) -> Self:
        """The same request with other options."""
        return replace(self, **options)  # type: ignore[type-var]

    def _freeze_stages(self) -> None:
        object.__setattr__(self, "stages", frozen_stages(self.stages))


class PermutationRequest(Request):
    """A request that can be tested by random permutations of the units."""

    permutations: int
    alternative: Alternative
    seed: int | None
    adjust: Adjust

    def _check_permutation_test(self) -> None:
        check_option("alternative", self.alternative, Alternative)
        check_option("adjust", self.adjust, Adjust)
        whole_number("permutations", self.permutations, at_least=0)
        if self.seed is not None:
            whole_number("seed", self.seed, at_least=0)


@dataclass(frozen=True)
class StatisticRequest(PermutationRequest, ABC):
    """A request for a statistic, global or local, whose p-value may come from permutations or from
    its moments.

    Parameters
    ----------
    variable : str
        A column or an expression such as ``"log1p(bev_density)"``.
    permutations : int
        Random permutations; 0 for none.
    inference : str
        Which p-value counts.
    alternative : {"two-sided", "greater", "less"}
    seed : int, optional
    adjust : {"holm", "fdr", None}
        Adjust the p-values for the number of tests.
    """

    variable: str
    permutations: int = 999
    inference: Any = "auto"
    alternative: Alternative = "two-sided"
    seed: int | None = None
    adjust: Adjust = None

    letter: ClassVar[str] = ""
    title: ClassVar[str] = ""
    # the literal alias of `inference`, and what "auto" means without permutations
    inferences: ClassVar[Any] = None
    by_moments: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_option("inference", self.inference, self.inferences)
        self._check_permutation_test()
        if self.inference == "permutation" and not self.permutations:
            raise OptionError(
                "permutations",
                expected="at least 1 for inference='permutation'",
                got="0",
                remedy="Write 999, for instance, or choose another inference.",
            )

    @property
    def chosen_inference(self) -> str:
        """The inference, with "auto" settled."""
        if self.inference != "auto":
            return str(self.inference)
        return "permutation" if self.permutations else self.by_moments


def weights_in_words(weights: SpatialWeights) -> dict[str, str]:
    """The columns by which every one-row summary says which weights were used."""
    return {
        "weights": weights.name,
        "normalise": weights.normalise or "none",
        "islands": "; ".join((*weights.islands, *weights.notes)),
    }
