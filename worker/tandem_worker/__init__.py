"""Tandem's Python worker: serves Python's models over the Open Inference Protocol V2 beside a Node.js process.

Nothing is imported here: `__main__` ties the process to its parent before anything slow is loaded.
"""

__version__ = "0.1.0"
PROTOCOL = 1
