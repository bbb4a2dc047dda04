"""The package's words of figures in Chinese, by the English that they stand for."""

CHINESE_FIGURES = {
    # maps
    "Map: Natural Earth; provinces of mainland China": "底图：Natural Earth；中国大陆省级行政区",
    " to ": "至",
    "High–high (HH)": "高–高（HH）",
    "Low–low (LL)": "低–低（LL）",
    "High–low (HL)": "高–低（HL）",
    "Low–high (LH)": "低–高（LH）",
    "Hot spot": "热点",
    "Cold spot": "冷点",
    "Other positive": "其他正相关",
    "Negative": "负相关",
    "Not significant": "不显著",
    "No neighbours": "无邻居",
    "Neighbours of each other": "互为邻居",
    "In one direction only": "仅单向相邻",
    "Sum of what comes in: {value}": "流入合计：{value}",
    "Sum of what goes out: {value}": "流出合计：{value}",
    "Sum of both directions: {value}": "双向合计：{value}",
    "{drawn} largest of {all} flows": "{all}条流量中最大的{drawn}条",
    "Ellipse of {period}": "{period}年椭圆",
    "Centre of {period}": "{period}年重心",
    "Centres, {first} to {last}": "{first}–{last}年重心",
    "Value": "数值",
    "Loaded from the network when opened: {listed}.": "打开时从网络加载：{listed}。",
    "nothing": "无",
    "Leaflet from {server}": "Leaflet（来自{server}）",
    "the background ({tiles})": "背景图（{tiles}）",
    "{level:g}% interval holds zero": "{level:g}%置信区间包含零",
    "Where the change is": "发生变动的地区",
    # charts
    "{quantity} ({level:g}% interval)": "{quantity}（{level:g}%置信区间）",
    "Moran\u2019s I = {value}": "莫兰指数I = {value}",
    "{year}: {title}": "{year}年：{title}",
    "{year}: Moran's I = {value}": "{year}年：莫兰指数I = {value}",
    "Impact on {outcome}": "对{outcome}的效应",
    "{label}, std.": "{label}（标准化）",
    "Interval holds zero": "区间包含零",
    "Interval excludes zero": "区间不包含零",
    "Main specification": "主设定",
    "{count} specifications; intervals wholly above zero: {above}, below: {below}": (
        "共{count}种设定；区间全部大于零：{above}，全部小于零：{below}"
    ),
    "Years since adoption": "政策实施后的年数",
    "Effect": "效应",
    "Treated": "处理组",
    "Exposed": "邻近处理组的未处理单位",
    "yes": "是",
    "no": "否",
    "Standard deviation": "标准差",
    "Draws (log scale)": "抽样次数（对数刻度）",
    "direct {term}": "{term}的直接效应",
    "indirect {term}": "{term}的间接效应",
    "total {term}": "{term}的总效应",
    "Below the diagonal: correlation of lags.": "对角线下方：空间滞后的相关系数。",
    "Below the diagonal: correlation of lags of {variable}.": (
        "对角线下方：{variable}的空间滞后的相关系数。"
    ),
    "Below the diagonal: correlation of lags of {draws} random fields.": (
        "对角线下方：{draws}个随机场的空间滞后的相关系数。"
    ),
    "Above: shared links over links that either has (number).": (
        "上方：共有链接占任一矩阵所含链接的比例（括号内为共有链接数）。"
    ),
    # draws and curves under the null
    "Specifications, from the lowest estimate": "各设定（按估计值由低到高）",
    "{level:.0f} % of draws without an effect": "无效应时{level:.0f}%的抽样",
    "Their median": "其中位数",
    "Draws": "抽样次数",
    "{count} draws": "{count}次抽样",
    "{test}: {value}, p = {p}": "{test}：{value}，p = {p}",
}
