# PyTorch is not installed everywhere; so the types are checked alike with it and without it.
from typing import Any

def __getattr__(name: str) -> Any: ...
