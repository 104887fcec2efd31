"""Small helpers for texts and the lists made from them."""
