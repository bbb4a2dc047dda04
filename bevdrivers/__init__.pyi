# Written by: python -m tests.contract.stub

from .datasets import (
    load_adjacency,
    load_firms,
    load_panel,
    load_policies,
    load_provinces,
    load_statistics,
)
from .diagnostics import (
    SelectionPath,
    effects_tests,
    hausman_test,
    lm_tests,
    select_model,
)
from .errors import (
    BevdriversError,
    BevdriversWarning,
    BoundWarning,
    DataError,
    EstimationError,
    IdentificationError,
    InputError,
    OptionError,
    SampleWarning,
    WeightsError,
)
from .esda import (
    Moran,
    MoranResult,
)
from .figures import (
    choropleth,
    choropleth_years,
    coefficient_plot,
    impacts_plot,
    moran_scatter,
    save_figure,
)
from .industry import (
    build_panel,
    firm_density,
    policy_intensity,
)
from .models import (
    FitResult,
    GeneralNesting,
    NonSpatial,
    SpatialCombined,
    SpatialDurbin,
    SpatialDurbinError,
    SpatialError,
    SpatialLag,
    SpatialLagX,
    simulate_panel,
)
from .panel import (
    Panel,
    standardise_provinces,
)
from .results import (
    Provenance,
    TestGroup,
    TestResult,
)
from .tables import (
    Table,
    descriptive_table,
    impacts_table,
    moran_table,
    regression_table,
    tests_table,
)
from .weights import (
    InverseDistance,
    KNearest,
    Queen,
    Rook,
    SpatialWeights,
)

__version__: str

__all__ = [
    "BevdriversError",
    "BevdriversWarning",
    "BoundWarning",
    "DataError",
    "EstimationError",
    "FitResult",
    "GeneralNesting",
    "IdentificationError",
    "InputError",
    "InverseDistance",
    "KNearest",
    "Moran",
    "MoranResult",
    "NonSpatial",
    "OptionError",
    "Panel",
    "Provenance",
    "Queen",
    "Rook",
    "SampleWarning",
    "SelectionPath",
    "SpatialCombined",
    "SpatialDurbin",
    "SpatialDurbinError",
    "SpatialError",
    "SpatialLag",
    "SpatialLagX",
    "SpatialWeights",
    "Table",
    "TestGroup",
    "TestResult",
    "WeightsError",
    "__version__",
    "build_panel",
    "choropleth",
    "choropleth_years",
    "coefficient_plot",
    "descriptive_table",
    "effects_tests",
    "firm_density",
    "hausman_test",
    "impacts_plot",
    "impacts_table",
    "lm_tests",
    "load_adjacency",
    "load_firms",
    "load_panel",
    "load_policies",
    "load_provinces",
    "load_statistics",
    "moran_scatter",
    "moran_table",
    "policy_intensity",
    "regression_table",
    "save_figure",
    "select_model",
    "simulate_panel",
    "standardise_provinces",
    "tests_table",
]
