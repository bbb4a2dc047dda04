# Impacts by order of neighbour: spatialreg's Q, for a lag model of the unemployment rate of 1986.
# Rscript orders.R produc.csv usaww.csv orders.json   (data and weights as in SOURCE.md; i, j, w of the links)
suppressMessages({library(spatialreg); library(spdep); library(jsonlite)})
args <- commandArgs(TRUE)
d <- read.csv(args[1]); d <- d[d$year == 1986, ]
w <- read.csv(args[2]); m <- matrix(0, 48, 48); m[cbind(w$i, w$j)] <- w$w
fit <- lagsarlm(unemp ~ lgsp + lpcap, d, mat2listw(m, style = "W"), method = "eigen")
tr <- trW(as(m, "CsparseMatrix"), m = 100, type = "mult")
set.seed(1)
im <- impacts(fit, tr = tr, R = 5000, Q = 5)
point <- attr(im$res, "Qres")
sd <- lapply(attr(im$sres, "Qmcmc"), function(x) matrix(apply(as.matrix(x), 2, sd), nrow = 5))
out <- list(program = "R spatialreg 1.2.6 (R 4.2.2)", results = list(sar_1986 = list(
  call = "impacts(lagsarlm(unemp ~ lgsp + lpcap, d, lw, method = \"eigen\"), tr = tr, R = 5000, Q = 5)",
  terms = c("lgsp", "lpcap"), coefficients = as.list(coef(fit)), point = point, sim_sd = sd)))
writeLines(toJSON(out, digits = 15, auto_unbox = TRUE, pretty = TRUE), args[3])
str(point); print(colnames(as.matrix(attr(im$sres, "Qmcmc")$direct)))
