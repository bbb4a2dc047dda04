# Hausman's test by the auxiliary regression, with a covariance clustered by state (plm). Prints hausman_robust.json.
library(plm)
data("Produc", package = "plm")
Produc <- transform(Produc, lgsp = log(gsp), lpcap = log(pcap), lpc = log(pc), lemp = log(emp))
robust <- phtest(lgsp ~ lpcap + lpc + lemp + unemp, data = Produc, index = c("state", "year"), method = "aux",
                 vcov = function(x) vcovHC(x, method = "arellano", type = "HC0", cluster = "group"))
plain <- phtest(lgsp ~ lpcap + lpc + lemp + unemp, data = Produc, index = c("state", "year"), method = "aux")
cat(sprintf('{"results": {"plm": "%s", "robust": %.12f, "aux": %.12f, "df": %d}}\n', packageVersion("plm"),
            robust$statistic, plain$statistic, robust$parameter))
