"""The studio: a page in the browser from which photographs are coloured, filtered, painted and enlarged."""
