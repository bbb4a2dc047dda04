"""The kinds of weights that a study file can name."""

from __future__ import annotations

from ...weights import InverseDistance, KNearest, Queen, Rook
from ...weights.recipe import Recipe

# kind -> the recipe that makes it, and the keys that it takes besides those of all kinds
RECIPES: dict[str, tuple[type[Recipe], tuple[str, ...]]] = {
    "queen": (Queen, ()),
    "rook": (Rook, ()),
    "knearest": (KNearest, ("k", "points")),
    "inverse-distance": (InverseDistance, ("power", "cutoff_km", "least_km", "points")),
}
FROM_FILE = "file"
KINDS = (*RECIPES, FROM_FILE)
# every key that some kinds take and others do not, in the order in which they are checked
KEYS_OF_KINDS = ("k", "power", "cutoff_km", "least_km", "points", "file")


def keys_of(kind: str) -> tuple[str, ...]:
    """The keys that a kind of weights takes besides those of all kinds."""
    if kind == FROM_FILE:
        return ("file",)
    _, keys = RECIPES[kind]
    return keys
