"""Files, command line, training and reports; each transformation is a script of its own."""
