"""`python -m tuner` is the command `tuner`."""

from .cli.main import main

if __name__ == "__main__":
    main()
