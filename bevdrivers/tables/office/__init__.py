"""Tables for Word and Excel.

In: a `Layout`. Out: the bytes of a document or a workbook, by python-docx and openpyxl. Open `word`
first, then `word_styles`; `excel` stands alone. `packages` is what both need: the packages, text
for XML, files without a date.
"""
