"""The parts that read an issue's text; ``specs.issue`` is the door."""
