"""Maps: values in classes, clusters, links, flows, the way of a centre.

In: polygons and values by unit. Out: `Axes`, or a `Figure` of several maps with one legend. Open
`choropleth` first: it takes the way of all maps, from `map_frame` (projection) over `units` (values
in the order of the polygons), `classes` and `palette` (looks) to `layout` (map, legend, caption).
`shapes` is geometry.
"""
