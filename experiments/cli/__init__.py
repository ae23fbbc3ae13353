"""The command line: dispatch, options, messages, and every file whatever becomes of the others."""
