"""The bookkeeper: an observer that adds up what every role of every stage cost and how many replies could be used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from cosplay_action.facts import Ledger, RoleCost
from cosplay_action.method.events import Answered, Event, WasRead


@dataclass(slots=True)
class _Account:
    statuses: Counter[str] = field(default_factory=Counter)
    usable: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    microseconds: int = 0  # whole numbers add up to the same sum in any order


class Bookkeeper:
    """Implements the Observer port; ``ledger`` gives the sums. A replayed run adds up to the same ledger."""

    def __init__(self, price_input: float | None = None, price_output: float | None = None) -> None:
        self._prices = (price_input, price_output)
        self._accounts: dict[tuple[str, str], _Account] = {}
        self.unusable: Counter[tuple[str, str]] = Counter()  # (role, why) -> replies

    def __call__(self, event: Event) -> None:
        if isinstance(event, Answered):
            account = self._account(event.stage, event.role)
            account.statuses[event.status] += 1
            account.input += event.input_tokens
            account.output += event.output_tokens
            account.cached += event.cached_tokens
            account.microseconds += round(event.seconds * 1e6)
        elif isinstance(event, WasRead):
            self._account(event.stage, event.role).usable += event.usable
            if not event.usable:
                self.unusable[event.role, event.why] += 1

    def _account(self, stage: str, role: str) -> _Account:
        return self._accounts.setdefault((stage, role), _Account())

    def ledger(self, cells: int) -> Ledger:
        """The sums, in a fixed order, for a run that executed ``cells`` distinct cells."""
        roles = tuple(
            RoleCost(
                stage=stage, role=role, replies=account.statuses.total(), usable=account.usable,
                statuses=tuple(sorted(account.statuses.items())), input_tokens=account.input,
                output_tokens=account.output, cached_tokens=account.cached,
                seconds=round(account.microseconds / 1e6, 3),
            )
            for (stage, role), account in sorted(self._accounts.items())
        )  # fmt: skip
        return Ledger(roles=roles, cells=cells, usd=self._usd())

    def _usd(self) -> float | None:
        price_in, price_out = self._prices
        if price_in is None or price_out is None:
            return None
        tokens = [(a.input, a.output) for a in self._accounts.values()]
        return round(sum(i * price_in + o * price_out for i, o in tokens) / 1e6, 6)
