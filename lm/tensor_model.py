"""The n-gram model as tensors: batched, on any device, with gradients to soft sequences."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lm.automaton import Automaton
from lm.entries import entry_automaton
from lm.errors import LanguageModelError
from lm.ngrams import Arpa
from lm.transition_table import MOST_CELLS, TransitionTable

ROWS = 4096  # states advanced at a time where many are


class EntryLM(nn.Module):
    """An n-gram model over a caller's entries, each a sequence of the model's tokens.

    The same scores as KenLM, from a back-off automaton. States are integers; 0 is the empty context. All
    log-probabilities are natural. An entry that is empty has log-probability 0 and leaves the state as it is.
    A token that the model does not know is scored as `<unk>`. Transitions are searched for, until as many have
    been asked for as a small model has: then they are written down.

    Args:
        automaton: over the entries.
        empty: indices of the empty entries.
    """

    backoff_states: Tensor
    backoff_weights: Tensor
    finals: Tensor
    keys: Tensor
    weights: Tensor
    targets: Tensor
    first_arcs: Tensor
    empty: Tensor
    empty_columns: Tensor

    def __init__(self, automaton: Automaton, empty: Sequence[int] = ()) -> None:
        super().__init__()
        self.size, self.start_state, self.depth = automaton.size, automaton.start, automaton.depth
        for name in ("backoff_states", "backoff_weights", "finals", "keys", "weights", "targets"):
            self._keep(name, torch.from_numpy(getattr(automaton, name)))
        bounds = torch.arange(len(self.finals) + 1) * self.size
        self._keep("first_arcs", torch.searchsorted(self.keys, bounds))
        is_empty = torch.zeros(self.size, dtype=torch.bool)
        is_empty[list(empty)] = True
        self._keep("empty", is_empty)
        self._keep("empty_columns", is_empty.nonzero()[:, 0])
        self._asked = 0
        self._table: TransitionTable | None = None

    def _keep(self, name: str, values: Tensor) -> None:
        # Made again from the ARPA file, so not part of a checkpoint.
        self.register_buffer(name, values, persistent=False)

    @classmethod
    def from_arpa(cls, arpa: Arpa, entries: Sequence[str | Sequence[str]]) -> "EntryLM":
        """Build it from a model.

        Args:
            arpa: the model.
            entries: a token or a sequence of tokens each; their order is that of the V columns.

        Raises:
            LanguageModelError: no entries, `<s>` or `</s>` among them, most of their tokens unknown to the model,
                or a model that is not complete.
        """
        sequences = [(entry,) if isinstance(entry, str) else tuple(entry) for entry in entries]
        if not any(sequences):
            raise LanguageModelError("there are no entries with a token", remedy="give at least one")
        empty = [index for index, entry in enumerate(sequences) if not entry]
        return cls(entry_automaton(arpa, sequences), empty)

    def start(self, batch: int) -> Tensor:
        """[batch] states after `<s>`."""
        return torch.full((batch,), self.start_state, dtype=torch.long, device=self.keys.device)

    def final(self, states: Tensor) -> Tensor:
        """log p(`</s>` | state), of the shape of `states`."""
        return self.finals[states]

    def advance(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Every entry after every state.

        Args:
            states: [B].

        Returns:
            [B, V] log p(entry | state), [B, V] states after it.
        """
        table = self._written_down(len(states) * self.size)
        return self._advance(states) if table is None else table.advance(states)

    def _advance(self, states: Tensor) -> tuple[Tensor, Tensor]:
        chain, owed = self._backoffs(states)
        scores = self.weights[: self.size] + owed[-1][:, None]
        following = self.targets[: self.size].repeat(len(states), 1)
        # From short contexts to long ones: what a longer context knows stands.
        for contexts, weight in zip(reversed(chain[:-1]), reversed(owed[:-1]), strict=True):
            rows, arcs = self._arcs(contexts)
            cells = self.keys[arcs] + (rows - contexts[rows]) * self.size
            scores.view(-1)[cells] = self.weights[arcs] + weight[rows]
            following.view(-1)[cells] = self.targets[arcs]
        scores[:, self.empty_columns] = 0.0
        following[:, self.empty_columns] = states[:, None]
        return scores, following

    def _written_down(self, asked: int) -> TransitionTable | None:
        """The table of all transitions, once as many were asked for; None before, and of a large model."""
        cells = len(self.finals) * self.size
        self._asked += asked
        if cells > MOST_CELLS or self._asked < cells:
            return None
        if self._table is None or not self._table.is_of(self.weights):
            states = torch.arange(len(self.finals), device=self.keys.device)
            self._table = TransitionTable.of(self._advance, states)
        return self._table

    def _backoffs(self, states: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The states, their shorter contexts down to the empty one, and the weight owed on the way."""
        chain, owed = [states], [torch.zeros(states.shape, device=states.device)]
        for _ in range(self.depth):
            owed.append(owed[-1] + self.backoff_weights[chain[-1]])
            chain.append(self.backoff_states[chain[-1]])
        return chain, owed

    def _arcs(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Row and arc of every arc of the states [B]; those of the empty context are left out."""
        first = self.first_arcs[states]
        number = (self.first_arcs[states + 1] - first) * (states > 0)
        rows = torch.repeat_interleave(number)
        within = torch.arange(len(rows), device=rows.device) - (number.cumsum(0) - number)[rows]
        return rows, first[rows] + within

    def step(self, states: Tensor, entries: Tensor) -> tuple[Tensor, Tensor]:
        """One entry after one state, of each pair.

        Args:
            states, entries: of shapes that broadcast together, such as [B, 1] and [B, k] for k candidates.

        Returns:
            log p(entry | state) and the state after it, of the shape of both.
        """
        states, entries = torch.broadcast_tensors(states, entries)
        table = self._written_down(states.numel())
        return self._step(states, entries) if table is None else table.step(states, entries)

    def _step(self, states: Tensor, entries: Tensor) -> tuple[Tensor, Tensor]:
        chain, owed = self._backoffs(states)
        scores = self.weights[entries] + owed[-1]
        following = self.targets[entries]
        for contexts, weight in zip(reversed(chain[:-1]), reversed(owed[:-1]), strict=True):
            wanted = contexts * self.size + entries
            arcs = torch.searchsorted(self.keys, wanted).clamp_(max=len(self.keys) - 1)
            found = self.keys[arcs] == wanted
            scores = torch.where(found, self.weights[arcs] + weight, scores)
            following = torch.where(found, self.targets[arcs], following)
        empty = self.empty[entries]
        return scores.masked_fill(empty, 0.0), torch.where(empty, states, following)

    def score(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """log p of whole sentences, `</s>` included.

        Args:
            ids: [B, T] entries; what stands beyond a length is not read.
            lengths: [B].

        Returns:
            [B].
        """
        states = self.start(len(ids))
        total = torch.zeros(len(ids), device=self.weights.device)
        for position, column in enumerate(self._padded(ids, lengths).unbind(1)):
            scores, following = self.step(states, column)
            inside = position < lengths
            total = total + scores * inside
            states = torch.where(inside, following, states)
        return total + self.final(states)

    @staticmethod
    def _padded(ids: Tensor, lengths: Tensor) -> Tensor:
        """The ids with an entry that exists where padding may hold anything."""
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
        return ids.masked_fill(~inside, 0)

    def history_states(self, history: Tensor) -> Tensor:
        """[B, T] states before each position of the entries [B, T]; the first is that after `<s>`."""
        states = [self.start(len(history))]
        for column in history[:, :-1].unbind(1):
            states.append(self.step(states[-1], column)[1])
        return torch.stack(states, dim=1)

    def conditionals(self, history: Tensor) -> Tensor:
        """[B, T, V] log p(· | entries before the position), given entries [B, T]."""
        states, back = torch.unique(self.history_states(history), return_inverse=True)
        return self.advance(states)[0][back]

    def bigram_matrix(self) -> Tensor:
        """log p(entry | the entry before it, nothing else known).

        Returns:
            [V + 1, V + 1]: a row for each entry as context and a last one for `<s>`; a column for each entry
            and a last one for `</s>`. The row of an empty entry is that of the empty context. Exact for a
            model of order 2; of a longer model it is the view through a context of one entry.
        """
        after_entry = self.targets[: self.size]
        contexts = torch.cat([after_entry, self.start(1)])
        rows = torch.cat([self.advance(part)[0] for part in contexts.split(ROWS)])
        return torch.cat([rows, self.final(contexts)[:, None]], dim=1)
