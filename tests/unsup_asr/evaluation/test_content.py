from unsup_asr.data.captions import normalise
from unsup_asr.evaluation.content import content_words, function_words


def test_function_words_are_single_words_as_normalisation_sees_them():
    assert all(normalise(word) == [word] for word in function_words())
    assert set(normalise("dog 's")) - function_words() == {"dog"}
    assert all(word == word.lower() for word in function_words())


def test_articles_and_prepositions_are_function_words_and_things_are_not():
    assert {"a", "the", "of", "and", "is", "in", "on", "with"} <= function_words()
    assert function_words().isdisjoint({"dog", "red", "runs", "house", "two", "big"})


def test_content_words_are_the_rest():
    words = ["a", "dog", "in", "the", "", "grass"]
    assert content_words(words) == {"dog", "grass"}
    assert content_words(words) | (function_words() & set(words)) | {""} == set(words)
    assert content_words(function_words()) == frozenset()
