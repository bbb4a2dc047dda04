# The one list of the public names: `__init__.py` reads it, editors and type checkers read it.
# A room (bd.figures) and a name (bd.Panel) are loaded when they are first asked for.

from . import (
    datasets as datasets,
)
from . import (
    diagnostics as diagnostics,
)
from . import (
    errors as errors,
)
from . import (
    esda as esda,
)
from . import (
    figures as figures,
)
from . import (
    industry as industry,
)
from . import (
    models as models,
)
from . import (
    panel as panel,
)
from . import (
    results as results,
)
from . import (
    simulation as simulation,
)
from . import (
    study as study,
)
from . import (
    tables as tables,
)
from . import (
    weights as weights,
)
from .datasets import (
    load_adjacency as load_adjacency,
)
from .datasets import (
    load_firms as load_firms,
)
from .datasets import (
    load_panel as load_panel,
)
from .datasets import (
    load_policies as load_policies,
)
from .datasets import (
    load_provinces as load_provinces,
)
from .datasets import (
    load_statistics as load_statistics,
)
from .diagnostics import (
    Collinearity as Collinearity,
)
from .diagnostics import (
    Correlations as Correlations,
)
from .diagnostics import (
    CrossCheck as CrossCheck,
)
from .diagnostics import (
    Descriptives as Descriptives,
)
from .diagnostics import (
    DriverShares as DriverShares,
)
from .diagnostics import (
    GroupComparison as GroupComparison,
)
from .diagnostics import (
    Influence as Influence,
)
from .diagnostics import (
    OutcomeCheck as OutcomeCheck,
)
from .diagnostics import (
    SelectionPath as SelectionPath,
)
from .diagnostics import (
    SeriesTest as SeriesTest,
)
from .diagnostics import (
    SplitSearch as SplitSearch,
)
from .diagnostics import (
    StageComparison as StageComparison,
)
from .diagnostics import (
    cointegration_test as cointegration_test,
)
from .diagnostics import (
    collinearity as collinearity,
)
from .diagnostics import (
    common_factor_test as common_factor_test,
)
from .diagnostics import (
    compare_groups as compare_groups,
)
from .diagnostics import (
    compare_stages as compare_stages,
)
from .diagnostics import (
    conditional_lm_tests as conditional_lm_tests,
)
from .diagnostics import (
    correlations as correlations,
)
from .diagnostics import (
    cross_section_exponent as cross_section_exponent,
)
from .diagnostics import (
    crosscheck as crosscheck,
)
from .diagnostics import (
    describe as describe,
)
from .diagnostics import (
    driver_shares as driver_shares,
)
from .diagnostics import (
    effects_tests as effects_tests,
)
from .diagnostics import (
    hausman_test as hausman_test,
)
from .diagnostics import (
    influence as influence,
)
from .diagnostics import (
    j_tests as j_tests,
)
from .diagnostics import (
    lm_tests as lm_tests,
)
from .diagnostics import (
    mundlak_test as mundlak_test,
)
from .diagnostics import (
    outcome_check as outcome_check,
)
from .diagnostics import (
    random_effects_lm_tests as random_effects_lm_tests,
)
from .diagnostics import (
    random_effects_test as random_effects_test,
)
from .diagnostics import (
    residual_tests as residual_tests,
)
from .diagnostics import (
    search_split as search_split,
)
from .diagnostics import (
    select_model as select_model,
)
from .diagnostics import (
    spatial_hausman_test as spatial_hausman_test,
)
from .diagnostics import (
    unit_root_test as unit_root_test,
)
from .errors import (
    BevdriversError as BevdriversError,
)
from .errors import (
    BevdriversWarning as BevdriversWarning,
)
from .errors import (
    BoundWarning as BoundWarning,
)
from .errors import (
    DataError as DataError,
)
from .errors import (
    EstimationError as EstimationError,
)
from .errors import (
    FileError as FileError,
)
from .errors import (
    FontWarning as FontWarning,
)
from .errors import (
    IdentificationError as IdentificationError,
)
from .errors import (
    InputError as InputError,
)
from .errors import (
    MissingPackageError as MissingPackageError,
)
from .errors import (
    OptionError as OptionError,
)
from .errors import (
    SampleWarning as SampleWarning,
)
from .errors import (
    WeightsError as WeightsError,
)
from .esda import (
    BivariateMoran as BivariateMoran,
)
from .esda import (
    DirectionalLisa as DirectionalLisa,
)
from .esda import (
    DirectionalLisaResult as DirectionalLisaResult,
)
from .esda import (
    Geary as Geary,
)
from .esda import (
    GetisOrd as GetisOrd,
)
from .esda import (
    GlobalResult as GlobalResult,
)
from .esda import (
    JoinCounts as JoinCounts,
)
from .esda import (
    JoinCountsResult as JoinCountsResult,
)
from .esda import (
    LisaTransitions as LisaTransitions,
)
from .esda import (
    LocalGeary as LocalGeary,
)
from .esda import (
    LocalGetisOrd as LocalGetisOrd,
)
from .esda import (
    LocalMoran as LocalMoran,
)
from .esda import (
    LocalResult as LocalResult,
)
from .esda import (
    Moran as Moran,
)
from .esda import (
    MoranResult as MoranResult,
)
from .esda import (
    ResidualMoran as ResidualMoran,
)
from .esda import (
    ResidualMoranResult as ResidualMoranResult,
)
from .esda import (
    SpatialMarkov as SpatialMarkov,
)
from .esda import (
    SpatialMarkovResult as SpatialMarkovResult,
)
from .esda import (
    adjust_p_values as adjust_p_values,
)
from .esda import (
    hotspot_persistence as hotspot_persistence,
)
from .esda import (
    lisa_transitions as lisa_transitions,
)
from .figures import (
    centre_map as centre_map,
)
from .figures import (
    choropleth as choropleth,
)
from .figures import (
    choropleth_years as choropleth_years,
)
from .figures import (
    cluster_map as cluster_map,
)
from .figures import (
    cluster_map_years as cluster_map_years,
)
from .figures import (
    coefficient_plot as coefficient_plot,
)
from .figures import (
    comparison_plot as comparison_plot,
)
from .figures import (
    connectivity_map as connectivity_map,
)
from .figures import (
    convergence_plot as convergence_plot,
)
from .figures import (
    impacts_plot as impacts_plot,
)
from .figures import (
    interactive_map as interactive_map,
)
from .figures import (
    moran_scatter as moran_scatter,
)
from .figures import (
    moran_scatter_years as moran_scatter_years,
)
from .figures import (
    network_map as network_map,
)
from .figures import (
    save_figure as save_figure,
)
from .figures import (
    share_plot as share_plot,
)
from .figures import (
    specification_curve as specification_curve,
)
from .figures import (
    spillover_map as spillover_map,
)
from .figures import (
    trend_plot as trend_plot,
)
from .industry import (
    CentreOfGravity as CentreOfGravity,
)
from .industry import (
    Concentration as Concentration,
)
from .industry import (
    build_panel as build_panel,
)
from .industry import (
    centre_of_gravity as centre_of_gravity,
)
from .industry import (
    concentration as concentration,
)
from .industry import (
    firm_density as firm_density,
)
from .industry import (
    policy_intensity as policy_intensity,
)
from .models import (
    GNS as GNS,
)
from .models import (
    SAC as SAC,
)
from .models import (
    SAR as SAR,
)
from .models import (
    SDEM as SDEM,
)
from .models import (
    SDM as SDM,
)
from .models import (
    SEM as SEM,
)
from .models import (
    SLX as SLX,
)
from .models import (
    EffectEstimates as EffectEstimates,
)
from .models import (
    Estimator as Estimator,
)
from .models import (
    FitResult as FitResult,
)
from .models import (
    GeneralNesting as GeneralNesting,
)
from .models import (
    ImpactOrders as ImpactOrders,
)
from .models import (
    Impacts as Impacts,
)
from .models import (
    ModelComparison as ModelComparison,
)
from .models import (
    NonSpatial as NonSpatial,
)
from .models import (
    Shock as Shock,
)
from .models import (
    SpatialCombined as SpatialCombined,
)
from .models import (
    SpatialDurbin as SpatialDurbin,
)
from .models import (
    SpatialDurbinError as SpatialDurbinError,
)
from .models import (
    SpatialError as SpatialError,
)
from .models import (
    SpatialLag as SpatialLag,
)
from .models import (
    SpatialLagX as SpatialLagX,
)
from .models import (
    VarianceComponents as VarianceComponents,
)
from .models import (
    compare_models as compare_models,
)
from .panel import (
    Panel as Panel,
)
from .panel import (
    standardise_provinces as standardise_provinces,
)
from .results import (
    Provenance as Provenance,
)
from .results import (
    TestGroup as TestGroup,
)
from .results import (
    TestResult as TestResult,
)
from .simulation import (
    BootstrapResult as BootstrapResult,
)
from .simulation import (
    Calibration as Calibration,
)
from .simulation import (
    bootstrap as bootstrap,
)
from .simulation import (
    calibrate as calibrate,
)
from .simulation import (
    simulate_panel as simulate_panel,
)
from .tables import (
    Table as Table,
)
from .tables import (
    calibration_table as calibration_table,
)
from .tables import (
    correlation_table as correlation_table,
)
from .tables import (
    descriptive_table as descriptive_table,
)
from .tables import (
    estimates_table as estimates_table,
)
from .tables import (
    impacts_table as impacts_table,
)
from .tables import (
    moran_table as moran_table,
)
from .tables import (
    regression_table as regression_table,
)
from .tables import (
    save_tables as save_tables,
)
from .tables import (
    selection_table as selection_table,
)
from .tables import (
    tests_table as tests_table,
)
from .weights import (
    Blocks as Blocks,
)
from .weights import (
    DistanceBand as DistanceBand,
)
from .weights import (
    EconomicDistance as EconomicDistance,
)
from .weights import (
    EconomicGeographic as EconomicGeographic,
)
from .weights import (
    Exponential as Exponential,
)
from .weights import (
    FromFile as FromFile,
)
from .weights import (
    FromFlows as FromFlows,
)
from .weights import (
    HigherOrder as HigherOrder,
)
from .weights import (
    InverseDistance as InverseDistance,
)
from .weights import (
    Kernel as Kernel,
)
from .weights import (
    KNearest as KNearest,
)
from .weights import (
    Nested as Nested,
)
from .weights import (
    Queen as Queen,
)
from .weights import (
    Rook as Rook,
)
from .weights import (
    SpatialWeights as SpatialWeights,
)
from .weights import (
    WeightsComparison as WeightsComparison,
)
from .weights import (
    compare_weights as compare_weights,
)
from .weights import (
    weighted_centres as weighted_centres,
)

__version__: str

def __dir__() -> list[str]: ...
