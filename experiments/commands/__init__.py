"""One file per command: its options. The work is imported when it is done, so that help is quick."""
