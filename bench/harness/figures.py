"""A measured figure, what it is compared with, and whether it meets its target."""

import dataclasses
from typing import Optional


@dataclasses.dataclass
class Target:
    """A bound for our figure, or for its ratio to the reference."""

    of: str  # "figure" or "ratio"
    relation: str  # ">=" or "<="
    bound: float

    def is_met(self, figure):
        value = figure.ratio if self.of == "ratio" else figure.ours
        return value >= self.bound if self.relation == ">=" else value <= self.bound

    def text(self, unit):
        if self.of == "ratio":
            return f"ratio {self.relation} {self.bound:g}"
        return f"{self.relation} {quantity(self.bound, unit)}"


def at_least(bound):
    return Target("figure", ">=", bound)


def at_most(bound):
    return Target("figure", "<=", bound)


def ratio_at_least(bound):
    return Target("ratio", ">=", bound)


@dataclasses.dataclass
class Figure:
    """`ratio` says how many times better than the reference: more of what should be high, less of
    what should be low."""

    row: str  # The name that --only takes.
    what: str
    ours: float
    unit: str  # /s, us, ms, s, MB or none
    reference: str = ""
    theirs: Optional[float] = None
    higher_is_better: bool = False
    target: Optional[Target] = None

    @property
    def ratio(self):
        if self.theirs is None:
            return None
        better, worse = self.ours, self.theirs
        if not self.higher_is_better:
            better, worse = worse, better
        return better / worse if worse else float("inf")

    @property
    def verdict(self):
        if self.target is None:
            return ""
        return "met" if self.target.is_met(self) else "MISSED"

    def as_json(self):
        target = self.target.text(self.unit) if self.target else None
        return dataclasses.asdict(self) | {
            "ratio": self.ratio, "target": target, "verdict": self.verdict or None,
        }  # fmt: skip


def quantity(value, unit):
    """Three digits that matter."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        digits = f"{value:,.0f}"
    elif value == int(value):
        digits = f"{value:.0f}"
    else:
        digits = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return digits + (unit if unit.startswith("/") else f" {unit}" if unit else "")
