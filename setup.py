"""Packages of the wheel; everything else is in setup.cfg, which cannot name a package outside the
ones it finds.
"""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["bevdrivers*"]), "bevdrivers.data"])
