"""``python -m bevdrivers`` is the command ``bevdrivers``."""

import sys

from .cli import main

sys.exit(main())
