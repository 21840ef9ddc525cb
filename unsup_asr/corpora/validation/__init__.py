"""Validation: what is wrong with the manifests of a corpus, and with the recordings and pictures they name."""
