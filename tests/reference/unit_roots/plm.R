# Rscript plm.R > plm.json: panel unit root tests of R's plm on its cigarette panel, log of sales, 46 states, 1963-1992
suppressMessages({library(plm); library(jsonlite)})
data("Cigar", package = "plm")
Cigar$lsales <- log(Cigar$sales)
series <- pdata.frame(Cigar, index = c("state", "year"))$lsales
wide <- as.data.frame(split(Cigar$lsales, Cigar$state))
out <- list(versions = list(R = R.version.string, plm = as.character(packageVersion("plm"))))
rules <- list("0" = 0, "2" = 2, "aic" = "AIC", "bic" = "SIC", "hall" = "Hall")
tests <- c(llc = "levinlin", ips = "ips", P = "madwu", Pm = "Pm", Z = "invnormal", L = "logit")
for (exo in c("none", "intercept", "trend")) for (rule in names(rules)) for (name in names(tests)) {
  if (name == "ips" && exo == "none") next
  # the residual degrees of freedom, but for Levin, Lin and Chu
  found <- suppressWarnings(purtest(wide, test = tests[[name]], exo = exo, lags = rules[[rule]], pmax = 4,
                                    dfcor = name != "llc", p.approx = "MacKinnon1994"))
  entry <- list(statistic = unname(found$statistic$statistic), p_value = unname(found$statistic$p.value))
  if (name == "ips" || (name == "llc" && exo == "none")) {
    entry$t <- unname(sapply(found$idres, function(x) unname(x$trho)))
    entry$lags <- unname(sapply(found$idres, function(x) x$lags))
  }
  if (name == "llc") entry$adjustment <- unname(found$adjval)
  out$purtest[[exo]][[rule]][[name]] <- entry
}
for (type in c("none", "drift", "trend")) for (lags in 1:3) for (truncated in c(FALSE, TRUE)) {
  found <- suppressWarnings(cipstest(series, lags = lags, type = type, truncated = truncated))
  out$cips[[type]][[as.character(lags)]][[if (truncated) "truncated" else "plain"]] <-
    list(statistic = unname(found$statistic), p_value = found$p.value,
         t = unname(sapply(found$tmods, function(m) coef(summary(m))["le", "t value"])))
}
writeLines(toJSON(out, digits = 12, auto_unbox = TRUE))
