"""The package's own words and symbols: Unicode mathematics, labels of terms, English and Chinese.

In: names of terms, models and statistics, and English sentences. Out: the same in a language, for
tables, figures and reports. Open `words` first, which says a sentence in a language; the Chinese of
tables is in `chinese`, that of figures in `chinese_figures`, that of studies in `chinese_study`, that
of sentences that results say in `chinese_results`. `labels` are names in words, `symbols`
mathematics, `lines` breaks texts.
"""
