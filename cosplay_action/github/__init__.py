"""GitHub at the edge: who asked for what, may they, and what is published."""
