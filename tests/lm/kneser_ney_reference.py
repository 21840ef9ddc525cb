"""Modified Kneser-Ney by its definition: dictionaries and recursion, slow and plain. For tests.

As lmplz has it in two respects: discounts are computed in single precision, and the last n-gram of a lower order
enters their counts of counts with its occurrences.
"""

from collections import Counter, defaultdict

import numpy as np

Gram = tuple[str, ...]


def windows(sentence: list[str], n: int) -> list[Gram]:
    words = ["<s>", *sentence, "</s>"]
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


class Reference:
    """Interpolated modified Kneser-Ney, n-grams of at most prune[n - 1] occurrences left out."""

    def __init__(self, sentences: list[list[str]], order: int, prune: list[int]) -> None:
        self.order = order
        self.appearance = list(dict.fromkeys(word for sentence in sentences for word in sentence))
        self.words = {word for sentence in sentences for word in sentence} | {"</s>", "<unk>"}
        self.raw = [Counter(g for s in sentences for g in windows(s, n)) for n in range(1, order + 1)]
        self.adjusted = [self._adjusted(n) for n in range(1, order + 1)]
        self.discounts = [self._discounts(counts) for counts in self._tallied()]
        self.kept = [
            {g for g in counts if n == 0 or self.raw[n][g] > prune[n]}
            for n, counts in enumerate(self.adjusted)
        ]
        self.followers: dict[Gram, list[Gram]] = defaultdict(list)
        for counts in self.adjusted:
            for gram in counts:
                self.followers[gram[:-1]].append(gram)

    def _adjusted(self, n: int) -> dict[Gram, int]:
        if n == self.order:
            counts = dict(self.raw[n - 1])
        else:
            left = defaultdict(set)
            for gram in self.raw[n]:
                left[gram[1:]].add(gram[0])
            counts = {g: c if g[0] == "<s>" else len(left[g]) for g, c in self.raw[n - 1].items()}
        counts.pop(("<s>",), None)
        return counts

    def _tallied(self) -> list[dict[Gram, int]]:
        place = {w: i for i, w in enumerate(["<unk>", "<s>", "</s>", *self.appearance])}
        tallied, last = [dict(counts) for counts in self.adjusted], ()
        for n in range(self.order - 1):
            latest = max(tallied[n], key=lambda gram: [place[word] for word in reversed(gram)])
            if n and latest[1:] != last:
                break
            tallied[n][latest], last = self.raw[n][latest], latest
        return tallied

    @staticmethod
    def _discounts(counts: dict[Gram, int]) -> list[float]:
        n = {count: np.float32(number) for count, number in Counter(counts.values()).items()}
        if all(count in n for count in (1, 2, 3)):
            y = n[1] / (n[1] + 2 * n[2])
            zero = np.float32(0)
            discounts = [np.float32(j) - np.float32(j + 1) * y * n.get(j + 1, zero) / n[j] for j in (1, 2, 3)]
            if min(discounts) >= 0:
                return [0.0, *map(float, discounts)]
        return [0, 0.5, 1, 1.5]

    def taken(self, gram: Gram) -> float:
        n, count = len(gram) - 1, self.adjusted[len(gram) - 1][gram]
        return self.discounts[n][min(count, 3)] if gram in self.kept[n] else count

    def backoff(self, context: Gram) -> float:
        followers = self.followers[context]
        total = sum(self.adjusted[len(context)][g] for g in followers)
        return sum(self.taken(g) for g in followers) / total if total else 1.0

    def probability(self, gram: Gram) -> float:
        """p(last word | words before it), interpolated down to the uniform distribution."""
        *context, _ = gram
        counts = self.adjusted[len(context)]
        total = sum(counts[g] for g in self.followers[tuple(context)])
        own = (counts[gram] - self.taken(gram)) / total if gram in counts and total else 0.0
        lower = self.probability(gram[1:]) if context else 1 / len(self.words)
        return own + self.backoff(tuple(context)) * lower
