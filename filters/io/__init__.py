"""Pictures and films: files become arrays here, and arrays files."""
