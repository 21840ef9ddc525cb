"""Corpora in the forms of other toolkits: NeMo, Lhotse, Kaldi, WebDataset, TextGrid, wav2vec-U."""
