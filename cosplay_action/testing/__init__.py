"""Fakes that ship with the package: a scripted model, a table for a sandbox, a loopback server, a small known world."""
