"""The words of studies, their report and their figures in Chinese, by the English that they stand
for.
"""

CHINESE_STUDY = {
    "Notes": "说明",
    # the page
    "Spatial panel study": "空间面板研究",
    "To the results": "跳至结果",
    "Contents": "目录",
    "Data": "数据",
    "Warnings": "警告",
    "Provenance": "来源与可重复性",
    "Download: {links}": "下载：{links}",
    "text": "文本",
    "Copy as LaTeX": "复制LaTeX代码",
    "Copied": "已复制",
    "Hashes of all inputs and outputs: {link}": "全部输入与输出文件的哈希值：{link}",
    "{outcome} in {count} units, {first}–{last}. Explained by: {terms}.": (
        "被解释变量：{outcome}；{count}个个体，{first}–{last}年。解释变量：{terms}。"
    ),
    # the section on data
    "{units} units in {years} years, {first} to {last}: {observations} observations.": (
        "{units}个个体，{years}年（{first}至{last}年），共{observations}个观测值。"
    ),
    "The {count} units": "{count}个个体的名称",
    "Columns of the data": "数据各列",
    "column": "变量",
    "{name}: {label}": "{name}：{label}",
    "definition": "定义",
    "mean": "均值",
    "least": "最小值",
    "largest": "最大值",
    "missing": "缺失数",
    "{count} categories": "{count}个类别",
    # provenance
    "Study file": "研究文件",
    "Weights": "空间权重矩阵",
    "{name}: {links} links, {normalised}": "{name}：{links}个链接，{normalised}",
    "row normalised": "行标准化",
    "spectral normalised": "谱标准化",
    "Model": "模型",
    "Seeds": "随机种子",
    "Moran's I {moran}, impacts {impacts}": "莫兰指数 {moran}，效应分解 {impacts}",
    "Versions": "软件版本",
    "Left out: {step}": "省略：{step}",
    # titles of steps
    "Maps": "地图",
    "Spillover map": "溢出效应地图",
    "Selection path": "模型选择路径",
    "Descriptive statistics": "描述性统计",
    "Variance inflation factors": "方差膨胀因子",
    "Residuals of the {model} model": "{model}的残差检验",
    "Calibration of the main model in its own design": "主模型在自身设计下的模拟校准",
    "Models picked by the selection path where each is the truth": "各模型为真实模型时选择路径选出的模型",
    "Moran's I of {variable}": "{variable}的莫兰指数",
    "Moran scatter plots of {variable} ({weights})": "{variable}的莫兰散点图（{weights}）",
    "Tests on the way to the specification": "模型设定检验",
    "The path to the specification, in words": "模型选择路径说明",
    "Standard errors side by side": "标准误对比",
    # many specifications
    "Robustness checks": "稳健性检验",
    "No table. {reason}": "无表格。{reason}",
    "Specification curve: {term}": "设定曲线：{term}",
    "Total impact of {term}": "{term}的总效应",
    "Coefficient of {term}": "{term}的系数",
    "Estimates of all specifications": "全部模型设定的估计结果",
    "All specifications, and what became of them": "全部模型设定及其结果",
    "Of {all} specifications of the study, {fitted} were fitted, {same} ask for the same regression as another, {senseless} make no sense and {failed} failed.": (
        "研究共有{all}种模型设定：已估计{fitted}种，与其他设定相同{same}种，无意义{senseless}种，未能估计{failed}种。"
    ),
    "{quantity} under {count} specifications: median {median}, {least} to {largest}.": (
        "{count}种模型设定下的{quantity}：中位数{median}，范围{least}至{largest}。"
    ),
    "{rows} rows, {columns} columns.": "{rows}行，{columns}列。",
    "Standard errors: {model} model under each covariance": "标准误：{model}模型在各协方差下的结果",
    "Classical": "经典",
    "Clustered by unit": "按个体聚类",
    "Driscoll–Kraay": "Driscoll–Kraay",
    "Spatial HAC": "空间HAC",
    "needs a map": "须有地图",
    "not for this model": "该模型不适用",
    "Spatial HAC: up to {km} km, where each unit has another one.": (
        "空间HAC：截断距离{km}公里，在此距离内每个个体至少有一个邻居。"
    ),
    "Models side by side": "模型估计结果对比",
    "Direct, indirect and total impacts": "直接效应、间接效应（溢出效应）与总效应",
    "Long-run impacts": "长期效应",
    "Impacts, {model} model": "{model}的效应分解",
    "Stages: {model} model by years": "分阶段估计：{model}",
    "Spatial weights: {model} model under each": "更换空间权重矩阵：{model}",
    "{label}, {years}": "{label}，{years}年",
    # heads and notes of the study's tables
    "Intercept": "常数项",
    "Between": "组间标准差",
    "Within": "组内标准差",
    "{observations} observations of {units} units, {first}–{last}": (
        "{units}个个体、{first}–{last}年，共{observations}个观测值"
    ),
    "Between: standard deviation of the units' means; within: around them.": (
        "组间标准差为个体均值的标准差；组内标准差为围绕个体均值的标准差。"
    ),
    "VIF": "方差膨胀因子",
    "Condition number": "条件数",
    "Of the regressors as the main model has them: after the fixed effects are taken out, lags of X "
    "included.": "按主模型中的解释变量计算：已剔除固定效应，包含解释变量的空间滞后项。",
    "Pooled OLS": "混合OLS",
    "Fixed effects OLS": "固定效应OLS",
    "All years, {first}–{last}": "全样本，{first}–{last}年",
    "{term} left out in {stage}.": "{stage}的估计未包含{term}。",
    "Not tested. {reason}": "未检验。{reason}",
    "Not calibrated. {reason}": "未校准。{reason}",
    # what a spillover map shows
    "{term} {change} in {unit}:": "{unit}的{term}变动{change}：",
    "{change} effect on {outcome}": "{change}对{outcome}的效应",
    "{change}\neffect on {outcome}": "{change}\n对{outcome}的效应",
    # what figures show, for those who do not see them
    "Maps of {label} in {years}. {largest}": "{years}年{label}的地图。{largest}",
    "Largest in {where}: {listed}.": "{where}中最大者：{listed}。",
    "the other units": "其他个体",
    "Map. {title}: {value} in {unit} itself. {others}": "地图。{title}：{unit}自身为{value}。{others}",
    "Moran scatter plots of {variable} against its spatial lag ({weights}): {listed}.": (
        "{variable}与其空间滞后项（{weights}）的莫兰散点图：{listed}。"
    ),
    "I = {value} in {year}": "{year}年I = {value}",
    "Impacts with 95 % intervals, {model} model. {listed}": "{model}的效应及95%置信区间。{listed}",
    "{label}: direct {direct}, indirect {indirect}, total {total}.": (
        "{label}：直接效应{direct}，间接效应{indirect}，总效应{total}。"
    ),
    # the selection path
    "Weights: {name}": "空间权重矩阵：{name}",
    "Decision: {text}": "结论：{text}",
    "Rule: {text}": "判断规则：{text}",
    "Otherwise: {text}": "可能改变结论的情形：{text}",
    "What would change it: {text}": "可能改变结论的情形：{text}",
    "Tests": "检验",
    "Beside, deciding nothing: {title}": "并列展示、不作判断依据：{title}",
    "Where popular rules mislead here:": "常用规则在此处的误导：",
    "{name}: {numbers}": "{name}：{numbers}",
    "{name}: does not apply. {reason}": "{name}：不适用。{reason}",
    "{numbers}; H0 ({null}) rejected at {level}": "{numbers}；在{level}水平上拒绝原假设（{null}）",
    "{numbers}; H0 ({null}) not rejected at {level}": "{numbers}；在{level}水平上不能拒绝原假设（{null}）",
    "the {model} model with {effects} effects": "含{effects}效应的{model}",
    "the {model} model with no effects": "不含固定效应的{model}",
    "{end} ({names})": "{end}（{names}）",
    "The path ends in {ends}. The study file asks for {asked}.": (
        "选择路径的终点是{ends}。研究文件要求估计{asked}。"
    ),
}
