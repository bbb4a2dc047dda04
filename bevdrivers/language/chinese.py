"""The package's words of tables in Chinese, by the English sentence that they stand for."""

CHINESE = {
    # how sentences are put together
    ", ": "，",
    " and ": "和",
    "; ": "；",
    " ({said})": "（{said}）",
    "{topic}: {text}.": "{topic}：{text}。",
    "{phrase} in {columns}": "{phrase}（{columns}）",
    "column\u00a0{listed}": "第{listed}列",
    "columns\u00a0{listed}": "第{listed}列",
    "Notes:": "注：",
    "{title} (continued)": "{title}（续）",
    "Table": "表",
    # heads
    "Dependent variable": "被解释变量",
    "Variable": "变量",
    "Test": "检验",
    "Statistic": "统计量",
    "{letter}-value": "{letter}值",
    "Period": "时期",
    "Decision {place}": "第{place}步的结论",
    "Direct": "直接效应",
    "Indirect": "间接效应",
    "Total": "总效应",
    "Direct impacts": "直接效应",
    "Indirect impacts": "间接效应",
    "Total impacts": "总效应",
    # calibration
    "Bias": "偏误",
    "RMSE": "均方根误差",
    "Coverage (%)": "覆盖率（%）",
    "Size (%)": "检验水平（%）",
    "Power (%)": "检验功效（%）",
    "Direct ML": "直接极大似然",
    "Simulated with the estimates, {letter} and regressors of the fit as truth.": (
        "以该回归的估计值、{letter}和解释变量为真值进行模拟。"
    ),
    "Calibration": "模拟校准",
    "{count} replications ({seed})": "重复{count}次（{seed}）",
    "Full sample": "全样本",
    "Lowest": "最低值",
    "Highest": "最高值",
    "Without": "剔除",
    "Left out": "剔除对象",
    "Each unit and each period left out in turn, with its rows and columns of W.": (
        "依次剔除每个个体和每个时期，并相应删去其在W中的行与列。"
    ),
    "Picked by the selection path (%)": "选择路径选出的模型（%）",
    "Truth": "真实模型",
    "{count} replications of each truth ({seed})": "每个真实模型重复{count}次（{seed}）",
    "Each model is simulated at its estimates on this sample.": (
        "各模型均以其在该样本上的估计值为真值进行模拟。"
    ),
    "Monte Carlo standard errors in parentheses.": "括号内为蒙特卡罗标准误。",
    "Coverage is that of nominal {level:.0f} % intervals.": "覆盖率为名义{level:.0f}%置信区间的覆盖率。",
    # sensitivity
    "Coefficient": "系数",
    "Estimate": "估计值",
    "Coefficient of the lag": "空间滞后项系数",
    "Direct impact": "直接效应",
    "Indirect impact": "间接效应",
    "Total impact": "总效应",
    "Std. error": "标准误",
    "Partial \U0001d445² (%)": "偏\U0001d445²（%）",
    "Robustness (%)": "稳健值（%）",
    "Of significance (%)": "显著性稳健值（%）",
    "Partial \U0001d445²: share of what the other regressors leave of the outcome that the term explains.": (
        "偏\U0001d445²：该变量在其他解释变量未解释的被解释变量变动中所解释的比例。"
    ),
    "Robustness: share of what is left of both the term and the outcome that a driver left out must "
    "explain to take the estimate to {left}; of significance: to make it insignificant at {level} % "
    "(0: it is so as it stands).": (
        "稳健值：遗漏因素须同时解释该变量与被解释变量剩余变动的多大比例，才能使估计值变为{left}；"
        "显著性稳健值：才能使其在{level}%水平上不显著（0表示本已不显著）。"
    ),
    "Standard errors are those of least squares, spatial parameters at their estimates.": (
        "标准误为空间参数取估计值时的最小二乘标准误。"
    ),
    "zero": "零",
    "{share} % of itself": "其自身的{share}%",
    "A driver {times} times as strong as {benchmark} explains at most {term_share} % of {term} and "
    "{outcome_share} % of the outcome, and leaves {estimate} of the last estimate (s.e. {error}).": (
        "强度为{benchmark}{times}倍的遗漏因素至多解释{term}的{term_share}%和被解释变量的{outcome_share}%，"
        "此时最后一个估计值为{estimate}（标准误{error}）。"
    ),
    "Share of {term} that a driver left out explains": "遗漏因素所解释的{term}的比例",
    "Share of the outcome that it explains": "遗漏因素所解释的被解释变量的比例",
    # models
    "Non-spatial": "非空间模型",
    "Spatial lag of\u00a0𝑋": "空间滞后解释变量模型",
    "Spatial lag": "空间滞后模型",
    "Spatial error": "空间误差模型",
    "Spatial Durbin": "空间杜宾模型",
    "Spatial Durbin error": "空间杜宾误差模型",
    "Spatial lag and error": "空间自相关模型",
    "General nesting": "广义嵌套空间模型",
    # statistics
    "Unit effects": "个体效应",
    "Time effects": "时间效应",
    "Correction": "偏差修正",
    "Observations": "观测值",
    "Units": "个体数",
    "Periods": "时期数",
    "Log likelihood": "对数似然值",
    "𝑅² within": "组内𝑅²",
    "𝑅² between": "组间𝑅²",
    "𝑅² overall": "总体𝑅²",
    "𝑅² with effects": "含效应的𝑅²",
    "Squared correlation": "相关系数平方",
    "Mean": "均值",
    "Std.\u00a0dev.": "标准差",
    "Between\u00a0units": "组间标准差",
    "Within\u00a0units": "组内标准差",
    "Min.": "最小值",
    "Median": "中位数",
    "Max.": "最大值",
    "Yes": "是",
    "No": "否",
    "Random": "随机",
    "None": "无",
    # what stands below the estimates, and the stars
    "{text}.": "{text}。",
    "standard errors": "标准误",
    "𝑝-values": "𝑝值",
    "{letter} statistics": "{letter}统计量",
    "{level}% confidence intervals": "{level}%置信区间",
    "confidence intervals": "置信区间",
    "{first} in parentheses.": "括号内为{first}。",
    "{first} in brackets.": "方括号内为{first}。",
    "In parentheses": "括号内",
    "In brackets": "方括号内",
    "A value with nothing below it is fixed by the model.": "下方无数字的值由模型给定。",
    # weights and sample
    "row-normalised": "行标准化",
    "spectrally normalised": "谱标准化",
    "min-max normalised": "最小最大标准化",
    "not normalised": "未标准化",
    "Sample": "样本",
    "Main": "主设定",
    "Outcome": "被解释变量",
    "Outliers": "异常值",
    "Regressors lagged": "解释变量滞后",
    "Column (1) is the main specification; each other column changes one choice of it.": (
        "第（1）列为主设定，其余各列只改变其中一项。"
    ),
    "{count} unit": "{count}个个体",
    "{count} units": "{count}个个体",
    "{count} period": "{count}个时期",
    "{count} periods": "{count}个时期",
    "in steps of {step}": "间隔为{step}",
    "Missing cells": "缺失单元",
    "{count}, so that a unit has {fewest} to {most} periods, {mean} in the mean": (
        "{count}个，每个个体有{fewest}至{most}期，平均{mean}期"
    ),
    "the links among the units present normalised again in each period": (
        "各期只保留在场个体之间的链接并重新标准化"
    ),
    "links to absent units left out, the others as they were": "去掉与缺席个体的链接，其余权重不变",
    "other weights by period": "各期权重不同",
    # effects
    "Fixed effects": "固定效应",
    "Random effects": "随机效应",
    "Errors": "误差",
    "first-order autoregression within units": "个体内一阶自回归",
    "{term} effects": "{term}效应",
    "unit and time": "个体与时间",
    "unit": "个体",
    "time": "时间",
    "none": "无",
    "unit (Baltagi)": "个体（Baltagi）",
    "unit (Kapoor–Kelejian–Prucha)": "个体（Kapoor–Kelejian–Prucha）",
    # estimation and covariance
    "Estimation": "估计方法",
    "{how} ({letter} distribution)": "{how}（{letter}分布）",
    "{how} ({letter} statistics)": "{how}（{letter}统计量）",
    "{how}, given the first period": "{how}，以第一期为给定",
    "least squares": "最小二乘法",
    "least squares with the bias correction of Yu, de Jong and Lee (2008)": (
        "经Yu、de Jong和Lee（2008）偏差修正的最小二乘法"
    ),
    "two-stage least squares": "两阶段最小二乘法",
    "generalised moments and spatial two-stage least squares": "广义矩与空间两阶段最小二乘法",
    "{how} of quasi-demeaned data": "{how}（准去均值数据）",
    "{how} of quasi-demeaned data with the instruments of error "
    "components": "{how}（准去均值数据，误差分量工具变量）",
    "{how} of unit means": "{how}（个体均值）",
    "direct maximum likelihood": "直接极大似然法",
    "direct maximum likelihood, without correction for the fixed effects": "直接极大似然法，未对固定效应作偏差修正",
    "maximum likelihood after the transformation of Lee and Yu (2010)": "经Lee和Yu（2010）变换的极大似然法",
    "maximum likelihood, ρ and λ corrected for their bias of second order, after Yang (2015)": (
        "按Yang（2015）对ρ与λ作二阶偏差修正的极大似然法"
    ),
    "Second order": "二阶修正",
    "maximum likelihood with the score of ρ centred for the effects, after Yang (2018)": (
        "按Yang（2018）对ρ的得分作效应修正的极大似然法"
    ),
    "Adjusted score": "修正得分",
    "Robust score": "稳健得分",
    "adjusted quasi scores of ρ and λ, centred for the effects, after Yang (2018)": (
        "按Yang（2018）对ρ与λ的拟得分作效应修正的估计"
    ),
    "adjusted quasi scores of ρ and λ, centred for the effects (Yang 2018), and corrected for "
    "their bias of second order, after Yang (2015)": (
        "针对固定效应中心化的 ρ 与 λ 的调整拟得分（Yang 2018），并按 Yang（2015）校正其二阶偏差"
    ),
    "adjusted quasi scores of ρ and λ, centred for the effects and for unequal variances, after "
    "Liu and Yang (2020)": "按Liu和Yang（2020）对ρ与λ的拟得分作效应与异方差修正的估计",
    "maximum likelihood with the bias correction of Elhorst (2014)": "经Elhorst（2014）偏差修正的极大似然法",
    "maximum likelihood with the bias corrections of Yu, de Jong and Lee (2008) and Lee and Yu "
    "(2010)": ("经Yu、de Jong和Lee（2008）及Lee和Yu（2010）偏差修正的极大似然法"),
    "Covariance": "协方差",
    "homoskedastic": "同方差",
    "from the expected information": "由期望信息矩阵得到",
    "from the observed information": "由观测信息矩阵得到",
    "quasi-maximum likelihood": "拟极大似然",
    "robust to heteroskedasticity": "异方差稳健",
    "clustered": "聚类稳健",
    "clustered (CR1)": "聚类稳健（CR1）",
    "clustered (CR2)": "聚类稳健（CR2）",
    "clustered (CR3)": "聚类稳健（CR3）",
    "spatial HAC": "空间HAC",
    "Cautions": "注意",
    "unequal variances that the standard errors suppose away": "标准误未考虑的异方差",
    "serial correlation that the standard errors suppose away": "标准误未考虑的序列相关",
    "few clusters": "聚类数过少",
    "more than one parameter for two clusters": "每两个聚类多于一个参数",
    "a spatial parameter near the end of its range": "空间参数接近取值边界",
    "a second maximum of the likelihood that is nearly as high": "似然函数有另一个几乎同样高的极大值",
    "a spatial parameter that is hardly identified": "空间参数几乎不可识别",
    "nearly collinear spatial lags of regressors": "解释变量的空间滞后项近似共线",
    "weights made of values of the sample, which may be endogenous": "空间权重由样本期内的数值构成，可能具有内生性",
    "The search did not converge.": "搜索未收敛。",
    "The search did not converge in {columns}.": "{columns}的搜索未收敛。",
    "Log-likelihoods of levels and of contrasts, or of contrasts of other effects, are of "
    "different data: they and the criteria compare within a row only.": (
        "原始数据与变换后数据（或不同效应变换后数据）的对数似然值基于不同数据，与信息准则一样只能在同一行内比较。"
    ),
    "levels": "原始数据",
    "contrasts": "变换后数据",
    "over units": "个体间",
    "data not stated": "数据未说明",
    "𝑅² within: share of the variation around unit means that regressors and spatial "
    "lag of the outcome explain.": (
        "组内𝑅²：解释变量与被解释变量空间滞后项所解释的对个体均值离差的份额。"
    ),
    "𝑅² with effects: share of the variation around the mean that regressors, spatial "
    "lag of the outcome and effects explain (Elhorst 2014).": (
        "含效应𝑅²：解释变量、被解释变量空间滞后项与效应所解释的总离差的份额（Elhorst 2014）。"
    ),
    "𝑅² between: share of the variation of unit means that regressors and spatial lag "
    "of the outcome explain.": (
        "组间𝑅²：解释变量与被解释变量空间滞后项所解释的个体均值离差的份额。"
    ),
    "𝑅² overall: share of the variation around the mean that regressors and spatial "
    "lag of the outcome explain, without effects.": (
        "总体𝑅²：不含效应时解释变量与被解释变量空间滞后项所解释的总离差的份额。"
    ),
    "Squared correlation (spatial pseudo-𝑅², Elhorst 2014): of the outcome with what "
    "the reduced form predicts of the regressors, both after the effects are removed.": (
        "相关系数平方（空间伪𝑅²，Elhorst 2014）：去除效应后被解释变量与简化式预测值的相关系数平方。"
    ),
    # impacts
    "Standard errors": "标准误",
    "Intervals": "区间",
    "Standard errors of impacts": "效应的标准误",
    "Intervals of impacts": "效应的区间",
    "Impacts at": "效应的取值点",
    "delta method": "delta法",
    "percentiles of {draws} bootstrap draws ({seed})": "{draws}次自助抽样的分位数（{seed}）",
    "bootstrap-t of {draws} draws ({seed})": "{draws}次抽样的自助t法（{seed}）",
    "bias-corrected and accelerated percentiles of {draws} bootstrap draws ({seed})": (
        "{draws}次自助抽样的偏差校正加速（BCa）分位数（{seed}）"
    ),
    "inverted likelihood-ratio tests": "似然比检验的反演",
    "Fieller's method": "Fieller法",
    "percentiles of {draws}": "{draws}的分位数",
    "{draws} simulated draws ({seed}; {rejected} rejected as outside the stable range)": (
        "{draws}次模拟抽样（{seed}；因不在平稳区间内而舍弃{rejected}次）"
    ),
    "no seed": "未设种子",
    "seed {seed}": "种子{seed}",
    "short-run impacts": "短期效应",
    "long-run impacts": "长期效应",
    "impacts {horizon} periods on": "{horizon}期后的效应",
    # tests and Moran's I
    "Distribution under the null hypothesis": "原假设下的分布",
    "{distribution} ({names})": "{distribution}（{names}）",
    "does not apply. {reason}": "不适用。{reason}",
    "{test} ({groups})": "{test}（{groups}）",
    "Moran’s {letter} of {variables}.": "{variables}的莫兰指数{letter}。",
    "{letter}-values": "{letter}值",
    "Expected {letter} under the null hypothesis": "原假设下{letter}的期望",
    "{count} permutations ({seed}), {tail}": "{count}次随机置换（{seed}），{tail}",
    "{kind}, {tail}": "{kind}，{tail}",
    "normal approximation": "正态近似",
    "normal approximation under randomisation": "随机化下的正态近似",
    "two-sided": "双侧",
    "one-sided (greater)": "单侧（大于）",
    "one-sided (less)": "单侧（小于）",
    # placebo and resampling
    "Spatial parameter": "空间参数",
    "Mean of draws": "抽样均值",
    "Draws, 2.5 %": "抽样的2.5%分位数",
    "Draws, 97.5 %": "抽样的97.5%分位数",
    "95 % interval, from": "95%置信区间下限",
    "To": "上限",
    "{how}, {count} draws.": "{how}，{count}次抽样。",
}
