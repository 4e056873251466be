SELECT budget FROM budget_use WHERE overrun_cost IS NULL AND above(over, 0);
