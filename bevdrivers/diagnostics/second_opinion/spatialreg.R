# Direct maximum likelihood of one model with explicit dummies by spatialreg.
# Arguments: folder with design.csv (unit, time, y, x1..xK), weights.csv and error_weights.csv (i, j, w), the kind of
# model (lag, error, sac) and of effects (two-way, unit, time, none). Writes result.csv.
suppressPackageStartupMessages({ library(spatialreg); library(spdep) })
given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]; kind <- given[2]; effects <- given[3]
data <- read.csv(file.path(folder, "design.csv"))
N <- length(unique(data$unit)); T <- length(unique(data$time))
stacked <- function(name) {
  path <- file.path(folder, name)
  if (!file.exists(path)) return(NULL)
  links <- read.csv(path)
  W <- matrix(0, N, N); W[cbind(links$i, links$j)] <- links$w
  suppressWarnings(mat2listw(kronecker(diag(T), W), style = "M"))
}
W <- stacked("weights.csv"); M <- stacked("error_weights.csv")
terms <- grep("^x", names(data), value = TRUE)
dummies <- c(if (effects %in% c("unit", "two-way")) "factor(unit)", if (effects %in% c("time", "two-way")) "factor(time)")
right <- paste(c(if (effects == "none") "0", terms, dummies), collapse = " + ")
formula <- as.formula(paste("y ~", right))
fit <- switch(kind,
  lag = lagsarlm(formula, data, W, method = "eigen", tol.solve = 1e-20, zero.policy = TRUE,
                 control = list(tol.opt = 1e-12)),
  error = errorsarlm(formula, data, M, method = "eigen", tol.solve = 1e-20, zero.policy = TRUE,
                     control = list(tol.opt = 1e-12)),
  sac = sacsarlm(formula, data, W, listw2 = M, method = "eigen", tol.solve = 1e-20, zero.policy = TRUE))
se <- fit$rest.se
found <- data.frame(term = terms, estimate = fit$coefficients[terms], std_error = se[match(terms, names(fit$coefficients))])
if (!is.null(fit$rho)) found <- rbind(found, data.frame(term = "rho", estimate = fit$rho, std_error = fit$rho.se))
if (!is.null(fit$lambda)) found <- rbind(found, data.frame(term = "lam", estimate = fit$lambda, std_error = fit$lambda.se))
found$loglik <- as.numeric(logLik(fit))
write.csv(format(found, digits = 17), file.path(folder, "result.csv"), row.names = FALSE)
