# GARCH(1,1) by fGarch: milliseconds per fit of the returns in a file, so many times, with a distribution of fGarch's; then the
# log-likelihood.
arguments <- commandArgs(trailingOnly = TRUE)
returns <- scan(arguments[1], quiet = TRUE)
suppressMessages(library(fGarch))
one <- function() suppressWarnings(garchFit(~ garch(1, 1), data = returns, cond.dist = arguments[3], trace = FALSE))
found <- one()
elapsed <- system.time(for (i in seq_len(as.integer(arguments[2]))) one())["elapsed"]
cat(1000 * elapsed / as.integer(arguments[2]), format(-found@fit$llh, digits = 15), "\n")
