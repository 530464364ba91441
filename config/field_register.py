"""The field register: every declared table and column, read from the inventory (Art. 30)."""

from dataclasses import dataclass
from typing import Any

from privacy import inventory
from privacy.inventory import Holding, Keep


@dataclass(frozen=True, slots=True)
class Table:
    """One holding, in words."""

    label: str
    name: Any
    about: str
    activity: str
    columns: tuple[dict[str, Any], ...]
    technical: tuple[tuple[str, str], ...]
    keeps: tuple[dict[str, str], ...]


def tables() -> list[Table]:
    """All declared tables but histories, whose columns are those of their model."""
    holdings = inventory.registry.holdings.values()
    return [_table(holding) for holding in holdings if not holding.history_of]


def _table(holding: Holding) -> Table:
    return Table(
        label=holding.model,
        name=holding.model_class._meta.verbose_name_plural,
        about=str(holding.about.label),
        activity=holding.activity,
        columns=tuple(
            {
                "name": name,
                "kind": datum.kind.label,
                "origin": datum.origin.label,
                "becomes": datum.becomes.label,
                "identifies": datum.identifies,
            }
            for name, datum in holding.data.items()
        ),
        technical=tuple(holding.technical.items()),
        keeps=tuple(_keep(keep) for keep in holding.keeps),
    )


def _keep(keep: Keep) -> dict[str, str]:
    parts = ((keep.years, "y"), (keep.months, "m"), (keep.days, "d"))
    return {
        "name": keep.name,
        "period": " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 d",
        "anchor": keep.anchor,
        "citation": keep.citation,
    }
