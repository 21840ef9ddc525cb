"""Kaldi's data folders.

wav.scp    the recordings
segments   where in them the utterances lie
text       what is said
utt2spk    who speaks, and spk2utt the other way round
utt2dur    seconds of each utterance
utt2lang   the language of each
ctm        the words with their times from the start of the utterance
ids.jsonl  our ids and speakers, since Kaldi's have other bounds; Kaldi does not look at it
"""
