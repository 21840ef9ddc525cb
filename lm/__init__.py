"""n-gram language models: estimated as lmplz does, scored by KenLM, and as tensors with gradients.

`kneser_ney.estimate` makes a model of sentences (of token ids: `text.encode_ids`), `arpa` reads and writes it,
`kenlm_model.KenLM` gives perplexities, `tensor_model.EntryLM` scores batches, `expectation` soft sentences.
Imports nothing else of this repository.
"""
