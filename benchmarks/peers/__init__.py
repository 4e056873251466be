"""Plain solvers on the textbook formulations of lot-sizing benchmarks, to compare with."""
