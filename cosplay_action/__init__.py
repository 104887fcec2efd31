"""Turn a function stub into an implementation that a pool of candidates and a pool of tests agreed on."""

__version__ = "0.1.0"
