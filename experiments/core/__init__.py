"""Transformations and translations, codecs between pictures and arrays, and run folders."""
