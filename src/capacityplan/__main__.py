"""`python -m capacityplan` and the command `capacityplan`: Ctrl-C is no bug, also while Python loads."""

import sys

INTERRUPTED = 130
"""What shells give a program that Ctrl-C ended; 1 would say that there is a bug."""


def main() -> None:
    """Load the command line and run it."""
    try:
        from capacityplan.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
