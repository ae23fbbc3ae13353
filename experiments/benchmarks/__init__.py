"""How fast all of it is; ratios within one run."""
