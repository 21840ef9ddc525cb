"""The files that the published wav2vec-U (fairseq 0.12.2, `examples/wav2vec/unsupervised`) learns from."""
