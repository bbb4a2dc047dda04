# Bias-reduced cluster covariances of R's clubSandwich, of least squares with explicit dummies:
#     Rscript club_sandwich.R > club_sandwich.json
library(clubSandwich)
library(jsonlite)

data("Produc", package = "plm")
frame <- with(Produc, data.frame(
  state = factor(state), year = factor(year), lgsp = log(gsp), lpcap = log(pcap), lpc = log(pc),
  lemp = log(emp), unemp = unemp
))
slopes <- c("lpcap", "lpc", "lemp", "unemp")
dummies <- list(none = "", unit = "+ state", time = "+ year", twoway = "+ state + year")
results <- list()
for (effects in names(dummies)) {
  call <- paste("lgsp ~ lpcap + lpc + lemp + unemp", dummies[[effects]])
  fit <- lm(as.formula(call), data = frame)
  for (cluster in c("state", "year")) {
    # with dummies of the clusters I - H_gg is singular, and its CR3 the inverse of rounding
    nested <- effects == "twoway" || effects == c(state = "unit", year = "time")[[cluster]]
    for (type in if (nested) "CR2" else c("CR2", "CR3")) {
      V <- vcovCR(fit, cluster = frame[[cluster]], type = type)
      entry <- list(call = sprintf("vcovCR(lm(%s), cluster = %s, type = '%s')", call, cluster, type),
                    terms = slopes, cov = unname(as.matrix(V)[slopes, slopes]))
      if (type == "CR2") {
        tests <- coef_test(fit, vcov = V, test = "Satterthwaite", coefs = slopes)
        entry$df <- tests[[grep("^df", names(tests))]]
      }
      results[[paste(effects, cluster, type, sep = "_")]] <- entry
    }
  }
}
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."),
                 clubSandwich = as.character(packageVersion("clubSandwich")))
cat(toJSON(list(program = versions, results = results), digits = I(17), auto_unbox = TRUE, pretty = TRUE))
