"""How fast everything is, with ratios measured within one run."""
