"""Print the page of rules."""

import sys

from capacityplan.rulebook import CARDS, page

sys.stdout.write(page(CARDS))
