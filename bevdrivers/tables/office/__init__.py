"""Tables for Word and Excel.

In: a `Table`. Out: files of python-docx and openpyxl. Open `word` first.
"""
