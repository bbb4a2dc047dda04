"""Notes on data and weights, and what tests say in rare cases, in Chinese, by the English that they
stand for.

A part in braces stands for a number or a name, as in `chinese_results`.
"""

CHINESE_NOTES = {
    # the sample
    "Panel: {units} units ({unit}) x {periods} periods ({time} {first}-{last}), {columns} columns": (
        "{units}个个体（{unit}），{periods}个时期（{time} {first}–{last}），{columns}列"
    ),
    "Panel: {units} units ({unit}) x {periods} periods ({time} {first}-{last}), {columns} columns, "
    "{missing} rows missing": (
        "{units}个个体（{unit}），{periods}个时期（{time} {first}–{last}），{columns}列，缺失{missing}行"
    ),
    # notes on the data
    "{count} units dropped for missing cells: {names}": "因缺失值剔除{count}个个体：{names}",
    "{count} periods dropped for missing cells: {names}": "因缺失值剔除{count}个时期：{names}",
    "{name}: letters that look alike made one: {names}": "{name}：已统一形近字符：{names}",
    "{name}: dates such as {date} stand for their years": "{name}：{date}等日期按年份处理",
    "{file} read as {encoding}": "{file}按{encoding}编码读取",
    "{names} dropped": "已剔除{names}",
    # notes of weights
    "{units} kept without neighbours": "保留无邻居的{units}",
    "{count} (unit, period) without a neighbour present keep a lag of zero": (
        "{count}个（个体，时期）没有在场的邻居，空间滞后取零"
    ),
    "{units} dropped, without neighbours": "剔除无邻居的{units}",
    "from libpysal, normalised by rows": "来自libpysal，按行标准化",
    "borders within {distance} km count as touching": "边界相距{distance} km以内视为相邻",
    "{count} pairs of units within {distance} km do not touch and are no neighbours (tolerance_km= "
    "would make them so): {pairs}": (
        "有{count}对个体相距不足{distance} km但边界不相接，未视为邻居（可用tolerance_km=使其相邻）：{pairs}"
    ),
    "{count} shared borders of at most {length} km left out: {pairs}": (
        "忽略{count}条长度不超过{length} km的共同边界：{pairs}"
    ),
    "{count} pairs of shapes overlap and count as neighbours (at most {share} of the smaller unit's "
    "area): {pairs}": "有{count}对图形重叠，视为邻居（重叠至多占较小个体面积的{share}）：{pairs}",
    "{count} invalid shapes repaired (shapely.make_valid): {names}": (
        "修复{count}个无效图形（shapely.make_valid）：{names}"
    ),
    "longitudes beyond 180 degrees wrapped to -180 to 180 for {count} units: {names}": (
        "{count}个个体超过180度的经度已换算到−180至180度：{names}"
    ),
    "links up to {distance} km, the smallest band without islands": (
        "连接距离至{distance} km，即没有孤立个体的最小距离带"
    ),
    "bandwidth {distance} km": "带宽{distance} km",
    "{count} pairs nearer than {distance} km count as so far apart": (
        "有{count}对个体相距不足{distance} km，按该距离计算"
    ),
    "flows of {count} other units left out ({share} of all): {names}": (
        "忽略其他{count}个个体的流量（占总量{share}）：{names}"
    ),
    "{count} flows of units to themselves left out": "忽略{count}条个体到自身的流量",
    "cut from {all} units of the file to {kept}": "由文件中的{all}个个体截取为{kept}个",
    "cut from {all} to {kept} units on the raw links and normalised again": (
        "按原始链接由{all}个个体截取为{kept}个，并重新标准化"
    ),
    "{column}: mean of {years}": "{column}：{years}年均值",
    "{column}: mean of {years}, before the sample": "{column}：样本期前{years}年均值",
    # why a step is left out
    "its tests know unit and time effects only, and the study asks for absorb = {names}": (
        "其检验只适用于个体与时间效应，而研究要求absorb = {names}"
    ),
    "it needs a complete panel, and {count} cells are missing": "它需要完整面板，而有{count}个单元缺失",
    "it compares likelihoods of static models, and the study asks for {asked}": (
        "它比较静态模型的似然值，而研究要求{asked}"
    ),
    # what tests say in rare cases
    "fewer than {count} periods": "时期数少于{count}",
    "one period": "仅有一个时期",
    "Time effects need weights whose rows sum to one": "含时间效应时，权重矩阵各行之和须为一",
    "{reason}. See the Mundlak form": "{reason}；参见Mundlak形式",
    "{lost} of {count} draws have no statistic": "{count}次抽样中有{lost}次无法计算统计量",
    "Moments have no likelihood": "矩估计没有似然函数",
    "With absorb= the error model has no likelihood": "使用absorb=时，误差模型没有似然函数",
    "sigma2_mu is estimated at 0": "sigma2_mu的估计值为0",
    "{lost} of {count} draws could not be fitted": "{count}次抽样中有{lost}次无法估计",
    "without regressors whose lags differ from them a lag of y and one of the error have the same "
    "score": "没有与自身空间滞后不同的解释变量时，被解释变量的滞后与误差的滞后得分相同",
    "It divides by how much the squared residuals of a unit vary, and those of a unit are equal: of "
    "two periods with unit effects one residual is the negative of the other. See Bartlett's test": (
        "该统计量以个体内残差平方的变异为除数，而同一个体的残差平方相等：含个体效应且仅有两期时，两个残差"
        "互为相反数；参见Bartlett检验"
    ),
    "The squared residuals of each unit are equal, as those of two periods with unit effects are: "
    "units then explain all of their variation, and the statistic is T N whatever the data. See "
    "Bartlett's test": (
        "每个个体的残差平方相等（含个体效应且仅有两期时即如此）：个体解释其全部变异，统计量恒为TN，与数据无关；"
        "参见Bartlett检验"
    ),
    "p-value from {count} draws": "p值由{count}次抽样得到",
    "p-value below 0.01": "p值小于0.01",
    "p-value above 0.10": "p值大于0.10",
    # titles of groups of tests
    "Residuals of {model} ({outcome}, {effects} effects)": "{model}的残差检验（{outcome}，{effects}效应）",
    "First stage": "第一阶段",
    "Common factor": "公因子检验",
}
