"""How many pilot programmes of a list are in force in each region and year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from ..errors import DataError, first_five


def policy_intensity(
    policies: pd.DataFrame,
    regions: Sequence[str],
    years: Iterable[int],
) -> pd.DataFrame:
    """Pilot programmes in force in each region and year.

    A city counts once for each programme that is in force there (``year_start <= t <= year_end``,
    planned years), so a city in two programmes counts twice in `policy` and once in
    `policy_cities`. Every city of the list counts, whatever its rank: municipalities,
    prefecture-level cities, and members of city groups one by one.

    Parameters
    ----------
    policies : DataFrame
        One row a city and programme: `province`, `city`, `programme`, `year_start`, `year_end`, as
        from `load_policies`.
    regions : sequence of str
        The regions, in the order of the answer; one without a pilot has zeros.
    years : iterable of int

    Returns
    -------
    DataFrame, one row a region and year (regions as given, years ascending within)
        `province`, `year`, `policy` (pairs of city and programme), `policy_cities` (distinct
        cities); counts.

    Raises
    ------
    DataError
        A (city, programme) stands twice, or its region is not among `regions`.

    Examples
    --------
    >>> import pandas as pd
    >>> from bevdrivers.industry import policy_intensity
    >>> pilots = pd.DataFrame({"province": "A", "city": ["x", "x", "y"], "programme": ["p", "q", "q"],
    ...                        "year_start": [2009, 2013, 2013], "year_end": [2013, 2015, 2015]})
    >>> policy_intensity(pilots, ["A", "B"], [2012, 2013])[["policy", "policy_cities"]].to_numpy().tolist()
    [[1, 1], [3, 2], [0, 0], [0, 0]]
    """
    _check_pilots(policies, regions)
    index = pd.MultiIndex.from_product([regions, sorted(set(years))], names=["province", "year"])
    span = index.levels[1].to_frame(index=False, name="year")
    running = policies.merge(span, how="cross").query("year_start <= year <= year_end")
    grouped = running.groupby(["province", "year"])["city"]
    counts = pd.DataFrame({"policy": grouped.size(), "policy_cities": grouped.nunique()})
    return counts.reindex(index, fill_value=0).reset_index()


def _check_pilots(policies: pd.DataFrame, regions: Sequence[str]) -> None:
    key = ["province", "city", "programme"]
    twice = policies.loc[policies.duplicated(key), key]
    if len(twice):
        pairs = list(twice.itertuples(index=False, name=None))
        raise DataError(
            "policies",
            expected="each (province, city, programme) once",
            got=f"more for {first_five(pairs)}",
            remedy="Keep one row of each: policies.drop_duplicates([...]).",
        )
    strangers = sorted(set(policies["province"]) - set(regions))
    if strangers:
        raise DataError(
            "policies",
            expected="provinces among the regions",
            got=f"others: {first_five(strangers)}",
            remedy=(
                "Spell them as the regions are, by bd.standardise_provinces, or "
                "leave their rows out."
            ),
        )
