"""What the residuals of a fit say of the errors that the model supposes.

In: a `FitResult`. Out: a `TestGroup`, or a number (`cross_section_exponent`). Open `battery` first:
`residual_tests` puts all tests together. Each of the other modules answers one question from an
array of residuals (T, N): are they correlated across units (`cross_section`), over time (`serial`),
have the units one variance (`heteroskedasticity`), and are they normal (`normality`)?
"""
