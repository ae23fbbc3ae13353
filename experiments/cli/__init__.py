"""The command line: dispatch, options, messages, and work on every file even if others fail."""
