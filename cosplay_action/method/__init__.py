"""CoSPlay, pure: no I/O, no clock, no global randomness, standard library only.

Source: "CoSPlay: Cooperative Self-Play at Test-Time with Self-Generated Code and Unit Test", arXiv 2605.23491.
"""
