import sys

from flinklab.cli import main

sys.exit(main())
