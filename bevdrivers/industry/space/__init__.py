"""How an industry's points lie on the map: east of a line, near each other, at which distances.

In: points in degrees and a map as a window, or a panel with a map. Out: `Measures`, a row a period
or a distance. Open `patterns` first; `bands` has the band that a whole curve is compared with.
"""

from .k_density import duranton_overman
from .line import share_east
from .patterns import nearest_neighbour, ripley_l

__all__ = ["duranton_overman", "nearest_neighbour", "ripley_l", "share_east"]
