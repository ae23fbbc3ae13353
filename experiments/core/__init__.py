"""Transformations, translations, how pictures become arrays, and run folders."""
