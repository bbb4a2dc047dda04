"""What results say in Chinese, by the English that they say: names of weights and tests, hypotheses,
the texts of figures, and the rules and decisions of the path to a specification.

A part in braces stands for a number or a name: `Words.said` finds a sentence by its pattern.
"""

CHINESE_RESULTS = {
    # weights
    "Queen": "Queen邻接",
    "Rook": "Rook邻接",
    "{count} nearest": "{count}近邻",
    "{name}, order 1 to {order}": "{name}，1至{order}阶",
    "{name}, order {order}": "{name}，{order}阶",
    "{units} joined to {neighbours}": "{units}与{neighbours}相连",
    # what figures say where the user gives no words of his own
    "Standardised variable": "标准化变量",
    "Spatial lag": "空间滞后",
    "HH": "高–高",
    "LL": "低–低",
    "LH": "低–高",
    "HL": "高–低",
    "Impact": "效应",
    "Coefficient": "系数",
    "Share": "占比",
    "Estimate": "估计值",
    "No data": "无数据",
    # how a local statistic was tested
    "{title}, p ≤ {level} ({alternative}; {how})": "{title}，p ≤ {level}（{alternative}；{how}）",
    "Local Moran's I": "局部莫兰指数I",
    "Local Geary's c": "局部Geary指数c",
    "two-sided": "双侧",
    "greater": "单侧（大于）",
    "less": "单侧（小于）",
    "two-sided, {adjusted}": "双侧，{adjusted}",
    "greater, {adjusted}": "单侧（大于），{adjusted}",
    "less, {adjusted}": "单侧（小于），{adjusted}",
    "Holm": "Holm校正",
    "false discovery rate of Benjamini and Hochberg": "Benjamini-Hochberg错误发现率校正",
    "{count} permutations, seed {seed}": "{count}次随机置换，种子{seed}",
    "{count} permutations": "{count}次随机置换",
    "normal, conditional moments": "正态近似，条件矩",
    "normal, total moments": "正态近似，总体矩",
    # why a step is left out
    "the data have no map: give geometry in [data]": "数据没有地图：请在[data]中给出geometry",
    "the map has no polygons": "地图中没有多边形",
    # stages
    "Stage {number}, {years}": "阶段{number}，{years}年",
    # names of tests
    "F: Unit effects": "F：个体效应",
    "LR: Unit effects": "LR：个体效应",
    "F: Time effects": "F：时间效应",
    "LR: Time effects": "LR：时间效应",
    "F: Unit effects given time effects": "F：给定时间效应下的个体效应",
    "LR: Unit effects given time effects": "LR：给定时间效应下的个体效应",
    "F: Time effects given unit effects": "F：给定个体效应下的时间效应",
    "LR: Time effects given unit effects": "LR：给定个体效应下的时间效应",
    "F: Unit | time effects": "F：个体效应|时间效应",
    "LR: Unit | time effects": "LR：个体效应|时间效应",
    "F: Time | unit effects": "F：时间效应|个体效应",
    "LR: Time | unit effects": "LR：时间效应|个体效应",
    "Hausman": "Hausman检验",
    "Hausman (Mundlak form)": "Hausman检验（Mundlak形式）",
    "Hausman (spatial)": "空间Hausman检验",
    "Moran's I": "莫兰指数I",
    "Moran's I {period}": "莫兰指数I（{period}年）",
    "LM lag": "LM滞后检验",
    "LM error": "LM误差检验",
    "Robust LM lag": "稳健LM滞后检验",
    "Robust LM error": "稳健LM误差检验",
    "LM error given lag": "给定空间滞后的LM误差检验",
    "LM lag given error": "给定空间误差的LM滞后检验",
    "{name} (published)": "{name}（原始形式）",
    "{name} (corrected)": "{name}（修正形式）",
    "LR SDM against SAR": "LR：SDM对SAR",
    "Wald SDM against SAR": "Wald：SDM对SAR",
    "LR SDM against SEM": "LR：SDM对SEM",
    "Wald SDM against SEM": "Wald：SDM对SEM",
    "LR SDM against SLX": "LR：SDM对SLX",
    "Wald SDM against SLX": "Wald：SDM对SLX",
    "Pesaran CD": "Pesaran CD检验",
    "Weighted CD": "加权CD检验",
    "Scaled LM, bias-corrected": "偏差修正的标准化LM检验",
    "Breusch-Pagan by unit": "Breusch-Pagan检验（分个体）",
    "Koenker by unit": "Koenker检验（分个体）",
    "Bartlett by unit": "Bartlett检验（分个体）",
    "Modified Wald by unit": "修正Wald检验（分个体）",
    "Wooldridge AR(1)": "Wooldridge AR(1)检验",
    "Wooldridge differences": "Wooldridge差分检验",
    "Born-Breitung LM(1)": "Born-Breitung LM(1)检验",
    "Born-Breitung Q(2)": "Born-Breitung Q(2)检验",
    "Born-Breitung HR": "Born-Breitung HR检验",
    "Jarque-Bera": "Jarque-Bera检验",
    "permutations ({count})": "随机置换（{count}次）",
    # null hypotheses
    "no spatial autocorrelation": "不存在空间自相关",
    "no unit effects": "不存在个体效应",
    "no time effects": "不存在时间效应",
    "no unit effects beside time effects": "给定时间效应，不存在个体效应",
    "no time effects beside unit effects": "给定个体效应，不存在时间效应",
    "unit effects are uncorrelated with the regressors": "个体效应与解释变量不相关",
    "{hypothesis}, lam free": "{hypothesis}，lam不受限",
    "{hypothesis}, rho free": "{hypothesis}，rho不受限",
    # what tests say of themselves
    "chi-squared in N - 1 degrees of freedom is rough at fixed T": (
        "T固定时，自由度为N−1的卡方分布只是粗略近似"
    ),
    "without spatial lags": "不含空间滞后项",
    "robust, clustered by unit; without spatial lags": "稳健，按个体聚类；不含空间滞后项",
    "the difference of the covariances is not positive definite": "协方差矩阵之差非正定",
    "SpatialDurbin, random effects '{kind}'": "SpatialDurbin，随机效应“{kind}”",
    "SpatialDurbin, random effects '{kind}'; the difference of the covariances is not positive "
    "definite": "SpatialDurbin，随机效应“{kind}”；协方差矩阵之差非正定",
    "The statistic is negative ({value}): the difference of the covariances is not positive "
    "definite": "统计量为负（{value}）：协方差矩阵之差非正定",
    "It is {value}, but with time effects the residuals of a period sum to zero, so that their "
    "correlations have mean -1/(N-1) under the null and the statistic falls near -sqrt(T/2)": (
        "统计量为{value}，但含时间效应时各期残差之和为零，原假设下残差相关系数的均值为−1/(N−1)，"
        "统计量会落在−sqrt(T/2)附近"
    ),
    "signs drawn with seed {seed}": "符号由种子{seed}抽取",
    "It is {value}, but with {units} units it is chi-squared from about {needed} periods on, and "
    "with {periods} it rejects a true null too often. See Bartlett's test, or "
    'residual_tests(fit, p="bootstrap")': (
        "统计量为{value}，但{units}个个体约需{needed}期以上才服从卡方分布，只有{periods}期时会过度拒绝"
        '真实的原假设；参见Bartlett检验或residual_tests(fit, p="bootstrap")'
    ),
    "skewness {skewness}, kurtosis {kurtosis}; averaging over effects brings residuals nearer "
    "normal": "偏度{skewness}，峰度{kurtosis}；剔除效应时的平均使残差更接近正态",
    "where each is the truth, this path picks SLX in {slx}, SAR in {sar}, SEM in {sem}, SDM in "
    "{sdm} and least squares in {ols} of samples ({replications} replications, Monte Carlo s.e. up "
    "to {error} points)": (
        "当各模型分别为真实模型时，该选择路径选出SLX的比例为{slx}，SAR为{sar}，SEM为{sem}，SDM为{sdm}，"
        "最小二乘为{ols}（重复{replications}次，蒙特卡罗标准误至多{error}个百分点）"
    ),
    "nominal 95 % intervals for {term} cover {coverage} % in this design ({replications} "
    "replications, Monte Carlo s.e. {error} points)": (
        "在此设计下，{term}的名义95%置信区间的实际覆盖率为{coverage}%（重复{replications}次，蒙特卡罗"
        "标准误为{error}个百分点）"
    ),
    # the path to a specification: questions
    "Is the outcome spatially autocorrelated?": "被解释变量是否存在空间自相关？",
    "Which fixed effects?": "选择何种固定效应？",
    "Does the model without lags leave spatial dependence, and of which kind?": (
        "不含空间滞后项的模型是否残留空间依赖？属于何种形式？"
    ),
    "Does the Durbin model reduce to the lag model, the error model or lags of X alone?": (
        "空间杜宾模型能否退化为空间滞后模型、空间误差模型或仅含解释变量空间滞后项的模型？"
    ),
    # rules
    "Moran's I of the outcome in each period, two-sided. It describes the outcome and decides "
    "nothing about the model: regressors may explain all of it, or hide it.": (
        "被解释变量各期的莫兰指数，双侧检验。它只描述被解释变量，不决定模型：空间自相关可能完全由解释变量"
        "解释，也可能被解释变量掩盖。"
    ),
    "Each kind is kept when the LR test given the other kind, in the Durbin model, rejects at 5 %; "
    "the F tests are those of the model without lags and stand beside. R2 does not choose: "
    "demeaning changes what there is to explain. Hausman's test tells whether random unit effects "
    "would do.": (
        "在空间杜宾模型中，给定另一类效应的LR检验在5%水平上拒绝时，保留该类效应；F检验来自不含空间滞后项的"
        "模型，仅并列展示。不以R²作选择：去均值改变了待解释的变差。Hausman检验说明个体效应能否设为随机效应。"
    ),
    "If only one LM test rejects, that kind; if both, the kind whose robust test is larger. "
    "Corrected form: the published one is not centred at zero after time demeaning and rejects a "
    "true null too often at small N.": (
        "若仅一个LM检验拒绝，则取该形式；若两者均拒绝，则取稳健检验统计量较大者。采用修正形式：对时间去均值后"
        "，原始形式的统计量不以零为中心，N较小时会过度拒绝真实的原假设。"
    ),
    "To the lag or the error model when neither LR nor Wald test rejects it and the LM tests point "
    "to the same one; without any sign of dependence the model without lags stays; to lags of X "
    "alone when theta = 0 is rejected and rho = 0 is not; else the Durbin model, which nests all.": (
        "LR与Wald检验均不拒绝，且LM检验指向同一模型时，退化为空间滞后或空间误差模型；没有任何空间依赖迹象时，"
        "保留不含空间滞后项的模型；拒绝theta = 0而不能拒绝rho = 0时，仅保留解释变量的空间滞后项；否则采用嵌套"
        "上述各模型的空间杜宾模型。"
    ),
    # decisions
    "In {rejected} of {count} periods at 5 %.": "{count}期中有{rejected}期在5%水平上显著。",
    "Two-way effects.": "双向固定效应。",
    "Unit effects.": "个体固定效应。",
    "Time effects.": "时间固定效应。",
    "No effects.": "不含固定效应。",
    "Two-way effects. Random unit effects would do, and be more efficient.": (
        "双向固定效应。个体效应可设为随机效应，且更有效率。"
    ),
    "Unit effects. Random unit effects would do, and be more efficient.": (
        "个体固定效应。个体效应可设为随机效应，且更有效率。"
    ),
    "The tests point to a lag of y.": "检验指向被解释变量的空间滞后。",
    "The tests point to a lag of the error.": "检验指向误差项的空间滞后。",
    "The tests point to no spatial lag.": "检验未指向任何空间滞后。",
    "It does not: the spatial Durbin model.": "不能退化：空间杜宾模型。",
    "To the spatial lag model.": "退化为空间滞后模型。",
    "To the spatial error model.": "退化为空间误差模型。",
    "No spatial lag is needed: least squares.": "无需空间滞后项：最小二乘法。",
    "To lags of X alone: rho is not needed beside them.": "仅保留解释变量的空间滞后项：无需rho。",
    # what would change them
    "Other weights, or another scale of the outcome.": "更换空间权重矩阵，或改变被解释变量的尺度。",
    "A model that has to hold unit heterogeneity constant keeps unit effects whatever the test "
    "says.": "若模型必须控制个体异质性，则无论检验结果如何都保留个体效应。",
    "Other weights; regressors left out whose own pattern is spatial.": (
        "更换空间权重矩阵；遗漏了本身具有空间格局的解释变量。"
    ),
    "Rejections near 5 % in short panels; a calibration of the tests at the panel's own N, T and "
    "W.": "短面板中p值接近5%的拒绝；按本面板的N、T和W对检验进行模拟校准。",
    # cautions and what stands beside
    "in the Durbin model by maximum likelihood": "空间杜宾模型的极大似然估计",
    "LM tests (published form, {effects} effects, {weights})": (
        "LM检验（原始形式，{effects}效应，{weights}）"
    ),
    "two-way": "双向固定",
    "unit": "个体固定",
    "time": "时间固定",
    "no": "无",
    "The largest R2 (none {none}, unit {unit}, time {time}, two-way {both}) would choose {best} "
    "effects, the tests {chosen} effects. Each kind of demeaning leaves another outcome to explain, "
    "so that these R2 are shares of different totals.": (
        "按最大R²（无{none}，个体{unit}，时间{time}，双向{both}）会选择“{best}”效应，检验则选择“{chosen}”效应"
        "。不同的去均值方式留下不同的待解释变差，这些R²是不同总量中的份额。"
    ),
    "The published LM forms decide otherwise at 5 %: {tests}. After time demeaning they are not "
    "centred at zero under the null and reject too often in a short cross-section.": (
        "原始形式的LM检验在5%水平上得出不同结论：{tests}。对时间去均值后，其统计量在原假设下不以零为中心，"
        "截面个体较少时会过度拒绝。"
    ),
    "rho by direct maximum likelihood is {direct} (z = {z}), {verdict}; after the Lee-Yu "
    "transformation {rho} (z = {z_after}), {verdict_after}. With time effects in a short "
    "cross-section the direct estimate is biased downwards, and a negative one is no evidence of "
    "competition between neighbours.": (
        "直接极大似然法估计的rho为{direct}（z = {z}），{verdict}；经Lee-Yu变换后为{rho}（z = {z_after}），"
        "{verdict_after}。截面个体较少且含时间效应时，直接估计向下偏误，负的估计值并不说明邻近个体之间存在竞争。"
    ),
    "not significant": "不显著",
    "significantly positive": "显著为正",
    "significantly negative": "显著为负",
    # joint tests of a curve
    "Median effect": "效应中位数",
    "Share of one sign": "同号比例",
    "Share significant": "显著比例",
    "Average z": "z均值",
    "Joint tests of {count} specifications: main effect of {term}": (
        "{count}个设定的联合检验：{term}的系数"
    ),
    "Joint tests of {count} specifications: wx effect of {term}": (
        "{count}个设定的联合检验：{term}空间滞后的系数"
    ),
    "Joint tests of {count} specifications: direct effect of {term}": (
        "{count}个设定的联合检验：{term}的直接效应"
    ),
    "Joint tests of {count} specifications: indirect effect of {term}": (
        "{count}个设定的联合检验：{term}的间接效应"
    ),
    "Joint tests of {count} specifications: total effect of {term}": (
        "{count}个设定的联合检验：{term}的总效应"
    ),
    # placebo and resampling
    "Names of the units of W permuted": "随机置换W的个体名称",
    "Random weights with the same numbers of neighbours": "邻居数相同的随机权重矩阵",
    "Paths of {term} permuted over units": "{term}在个体间随机置换",
    "Periods of {term} permuted": "{term}在时期间随机置换",
    "Outcome permuted within units": "被解释变量在个体内随机置换",
    "Outcome permuted within periods": "被解释变量在时期内随机置换",
    "Pairs bootstrap over units": "按个体成对自助法",
    "Bootstrap of blocks of {count} periods": "以{count}期为块的自助法",
    "Jackknife over units": "按个体刀切法",
}
