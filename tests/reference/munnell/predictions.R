# Predictions of lag and Durbin models of 1986: in the sample and for the regressors of 1985.
library(spatialreg)
data(Produc, package = "plm")
# splm's usaww as two files: the links (i, j, w) and the states' names (pos, id)
ids <- read.csv("usaww_ids.csv")$id
links <- read.csv("usaww.csv")
usaww <- matrix(0, length(ids), length(ids), dimnames = list(ids, ids))
usaww[cbind(links$i, links$j)] <- links$w
for (v in c("gsp", "pcap", "pc", "emp")) Produc[[paste0("l", v)]] <- log(Produc[[v]])
year <- function(y) { d <- Produc[Produc$year == y, ]; rownames(d) <- d$state; d[rownames(usaww), ] }
now <- year(1986); before <- year(1985)
lw <- spdep::mat2listw(usaww, style = "W")
f <- lgsp ~ lpcap + lpc + lemp + unemp
text <- function(x) sprintf("%.15g", as.numeric(x))
entry <- function(name, call, fit) {
  parts <- list(TS = predict(fit, pred.type = "TS"), TC = predict(fit, pred.type = "TC", listw = lw),
                TC_1985 = predict(fit, newdata = before, listw = lw, pred.type = "TC"))
  held <- sapply(names(parts), function(n) sprintf('"%s": [%s]', n, paste(text(parts[[n]]), collapse = ", ")))
  sprintf('"%s": {"call": "%s", "rho": %s, %s}', name, call, text(fit$rho), paste(held, collapse = ", "))
}
lag <- lagsarlm(f, now, lw, method = "eigen", control = list(tol.opt = 1e-12))
durbin <- lagsarlm(f, now, lw, Durbin = TRUE, method = "eigen", control = list(tol.opt = 1e-12))
states <- paste0('"', rownames(usaww), '"', collapse = ", ")
cat(sprintf('{"program": "R spatialreg %s (R %s.%s)", "results": {"states": [%s],\n%s,\n%s}}\n',
  packageVersion("spatialreg"), R.version$major, R.version$minor, states,
  entry("lagsarlm", "lagsarlm(f, now, lw)", lag), entry("durbin", "lagsarlm(f, now, lw, Durbin = TRUE)", durbin)))
