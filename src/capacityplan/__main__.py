"""`python -m capacityplan`: the same as the command `capacityplan`."""

from capacityplan.cli.main import main

main()
