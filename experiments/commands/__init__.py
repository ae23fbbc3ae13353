"""The options of each command, one file per command; its work is imported only when it runs, so help is quick."""
