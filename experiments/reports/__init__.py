"""Sheets, plots and galleries."""
