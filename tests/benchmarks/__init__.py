"""Figures, not tests: each module is run by hand and prints ratios measured in one run."""
