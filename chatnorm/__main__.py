"""`python -m chatnorm`."""

import sys

from .cli import main

sys.exit(main())
