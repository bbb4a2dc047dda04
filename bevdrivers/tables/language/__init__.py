"""The words and symbols of tables: Unicode mathematics, labels of terms, English and Chinese.

In: names of terms, models and statistics, and English sentences. Out: text for any format. Open
`words` first, which says a sentence in a language; its Chinese is in `chinese`. `labels` are names
in words, `symbols` mathematics.
"""
