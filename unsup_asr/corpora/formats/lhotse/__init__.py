"""Lhotse's manifests, written and read without Lhotse."""
