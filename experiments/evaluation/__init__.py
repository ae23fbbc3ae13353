"""Measures of results, beside trivial baselines."""
