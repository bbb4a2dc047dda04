"""The built panel of the bundled study."""

from __future__ import annotations

from ..errors import DataError
from ..options import check_flag
from ..panel import Panel
from .files import read_bundled
from .tables import load_provinces

SHARES = ("primary_share", "secondary_share", "tertiary_share")
_LAST_SHARES = 2020


def load_panel(
    start: int = 2011,
    end: int = 2020,
    *,
    shares: bool = True,
) -> Panel:
    """The battery electric vehicle (BEV) industry of China's 31 provinces, with a map: firms,
    policy and drivers.

    Parameters
    ----------
    start, end : int
        First and last year, from 2010 to 2024. All columns are complete from 2011 to 2020.
    shares : bool
        Whether to keep the three industry shares, which end in 2020. A panel that goes further
        needs ``shares=False``.

    Returns
    -------
    Panel of 31 units (`province`) and ``end - start + 1`` periods (`year`)

        - `bev_density`: firms per 10,000 km2 of official land area; `density_upstream`,
          `density_midstream`, `density_downstream`: by segment
        - `firms`, `firms_upstream`, `firms_midstream`, `firms_downstream`: firms alive at the end
          of the year (count)
        - `policy`: pairs of (city, national pilot programme) in force (count); `policy_cities`:
          cities in at least one (count); `policy_per_10m`: `policy` per ten million residents
        - `gdp_pc`: gross regional product a head, current prices (yuan)
        - `primary_share`, `secondary_share`, `tertiary_share`: of value added (percent), to 2020
        - `inventions`: invention patents granted per 10,000 residents, from 2011
        - `science_share`: science and technology in local budget expenditure (percent), 2011-2023
        - `urban_share`: urban share of residents (percent)
        - `pop_density`: residents per km2 of official land area
        - totals: `gdp_100m_yuan` (100 million yuan), `population_10k` (10,000 persons at the end of
          the year), `patents_granted` and `inventions_granted` (pieces), `budget_100m_yuan` and
          `budget_science_100m_yuan` (100 million yuan), from 2011
        - `region`: east, central, west or northeast (text)

    Raises
    ------
    DataError
        Years outside 2010-2024, or shares asked for after 2020.

    Notes
    -----
    Firms are a curated sample of known firms by headquarters, not a census, and not the data of a
    published study. No cell is interpolated. How each column is made:
    `bevdrivers.industry.build_panel`; what the panel is and is not: the page "The bundled data".

    Examples
    --------
    >>> import bevdrivers as bd
    >>> bd.load_panel()
    Panel: 31 units (province) x 10 periods (year 2011-2020), 26 columns
    """
    check_flag("shares", shares)
    if shares and end > _LAST_SHARES:
        raise DataError(
            "end",
            expected="2020 or earlier with the industry shares",
            got=f"{end}",
            remedy="Pass shares=False.",
        )
    frame = read_bundled("bev_panel.csv")
    first, last = int(frame["year"].min()), int(frame["year"].max())
    if not first <= start <= end <= last:
        raise DataError(
            "start, end",
            expected=f"years from {first} to {last}, in order",
            got=f"{start}, {end}",
            remedy="Write the first year before the last, both among these.",
        )
    wanted = frame[frame["year"].between(start, end)]
    kept = wanted if shares else wanted.drop(columns=list(SHARES))
    return Panel.from_frame(
        kept,
        unit="province",
        time="year",
        geometry=load_provinces(),
    )
