"""The words and symbols of tables: Unicode mathematics, labels of terms, English and Chinese.

In: names of terms and statistics. Out: text. Open `words` first.
"""
