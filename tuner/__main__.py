"""`python -m tuner` is the command `tuner`."""

from .cli.main import main

main()
