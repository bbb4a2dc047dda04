# Tests of residuals and error components on Munnell's panel; writes residual_tests.json beside this file.
# Rscript residual_tests.R
suppressMessages({library(plm); library(lmtest); library(tseries); library(spdep); library(spatialreg)})

data("Produc", package = "plm")
for (v in c("gsp", "pcap", "pc", "emp")) Produc[[paste0("l", v)]] <- log(Produc[[v]])
pd <- pdata.frame(Produc, index = c("state", "year"))
fm <- lgsp ~ lpcap + lpc + lemp + unemp
nb <- spData::usa48.nb

found <- list()
keep <- function(id, test) {
  call <- paste(deparse(substitute(test)), collapse = " ")
  found[[id]] <<- list(call = gsub("\\s+", " ", call), statistic = unname(as.numeric(test$statistic)),
                       parameter = unname(as.numeric(test$parameter)), p.value = unname(as.numeric(test$p.value)))
}

for (effect in c("individual", "twoways")) {
  fe <- plm(fm, pd, model = "within", effect = effect)
  keep(paste0("pwartest_", effect), pwartest(fe))
  e <- as.numeric(residuals(fe))
  keep(paste0("jarque_bera_", effect), jarque.bera.test(e))
  keep(paste0("bartlett_", effect), bartlett.test(e, pd$state))
  keep(paste0("pcdtest_bcsclm_", effect), pcdtest(fe, test = "bcsclm"))
}
lsdv <- lm(update(fm, . ~ . + factor(state)), Produc)
keep("bptest_individual", bptest(lsdv, varformula = ~ factor(state), data = Produc, studentize = FALSE))
keep("bptest_koenker_individual", bptest(lsdv, varformula = ~ factor(state), data = Produc))
keep("pwfdtest_fe", pwfdtest(plm(fm, pd, model = "fd"), h0 = "fe"))
keep("pbltest", pbltest(fm, pd, alternative = "twosided"))

one <- subset(Produc, year == 1986)
for (style in c("B", "W")) {
  sem <- errorsarlm(fm, one, nb2listw(nb, style = style), tol.solve = 1e-20, control = list(tol.opt = 1e-14))
  keep(paste0("hausman_error_1986_", style), spatialreg::Hausman.test(sem))
}

lag <- lagsarlm(fm, one, nb2listw(nb), tol.solve = 1e-20, control = list(tol.opt = 1e-14))
keep("lagsarlm_LMtest_1986", list(statistic = lag$LMtest, parameter = 1, p.value = pchisq(lag$LMtest, 1, lower.tail = FALSE)))

number <- function(x) if (length(x) == 0 || any(is.na(x))) "null" else
  if (length(x) == 1) format(x, digits = 15) else paste0("[", paste(format(x, digits = 15), collapse = ", "), "]")
rows <- vapply(names(found), function(id) {
  r <- found[[id]]
  sprintf('  "%s": {"call": "%s", "statistic": %s, "parameter": %s, "p.value": %s}', id, gsub('"', "'", r$call),
          number(r$statistic), number(r$parameter), number(r$p.value))
}, "")
versions <- vapply(c("plm", "lmtest", "tseries", "spatialreg"), function(p) paste(p, packageVersion(p)), "")
writeLines(c("{", sprintf('"source": "R %s, %s",', getRversion(), paste(versions, collapse = ", ")),
             '"results": {', paste(rows, collapse = ",\n"), "}", "}"), "residual_tests.json")
