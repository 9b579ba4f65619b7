"""Group layers by what people call them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TypeVar

from ...i18n import _
from ...store.layer import Layer
from ...store.store import Store
from ..errors import InputError
from .described import described

Thing = TypeVar("Thing")


def choose(things: Iterable[Thing], names: Callable[[Thing], Sequence[str]], wanted: Sequence[str]) -> list[Thing]:
    """The things that `wanted` means, in their own order, all if it is empty.

    `names` gives what each may be called, capitals do not count: the first is shown, or the last, which nothing else
    has, where several share the first. Raises InputError for a name that nothing has, or several things.
    """
    every = list(things)
    if not wanted:
        return every
    called = [list(names(thing)) for thing in every]
    found: set[int] = set()
    for name in wanted:
        matches = _matches(called, name)
        if len(matches) != 1:
            shown = ", ".join(_shown([called[at] for at in matches] or _likely_first(called, name)))
            sentence = (
                _("“{name}” could be several layers: {layers}. Say which.")
                if matches
                else _("There is no layer “{name}”. There are: {layers}.")
            )
            raise InputError(sentence.format(name=name, layers=shown or _("none")))
        found.update(matches)
    return [every[at] for at in sorted(found)]


def _matches(called: Sequence[Sequence[str]], name: str) -> list[int]:
    """Where a name is among the names of things; of `title — name`, if nothing is called so, the name alone."""

    def those(name: str) -> list[int]:
        return [at for at, names in enumerate(called) if name.casefold() in map(str.casefold, names)]

    return those(name) or those(name.rpartition(" — ")[2])


def _likely_first(called: Sequence[Sequence[str]], name: str) -> list[Sequence[str]]:
    """The names of things, those before the others that somebody who wrote this name may have meant."""

    def likely(names: Sequence[str]) -> bool:
        known = [each.casefold() for each in names]
        return any(name.casefold() in each for each in known) or bool(get_close_matches(name.casefold(), known))

    return sorted(called, key=lambda names: not likely(names))


def _shown(called: Sequence[Sequence[str]]) -> list[str]:
    """By what each of these things can be chosen."""
    shared = Counter(names[0].casefold() for names in called)
    return [names[0] if shared[names[0].casefold()] == 1 else names[-1] for names in called]


def choose_stored(store: Store, wanted: Sequence[str], service: str = "") -> list[Layer]:
    """The layers of the store that these names mean, all if there are none.

    With the root of a `service` those that were loaded from it alone: what speaks to one server does not touch the
    layers of another. Raises InputError if there are none, or one of another service is named.
    """
    every = store.layers.all()
    if not every:
        raise InputError(_("This store has no group layers yet: “Load group layers” brings them."))
    layers = [layer for layer in every if not service or layer.service == service]
    others = [layer for layer in every if layer not in layers]
    if not layers:
        raise InputError(
            _(
                "This store has no group layers of {service}: those in it were loaded from {others}. Use a connection "
                "to that service."
            ).format(service=service, others=", ".join(dict.fromkeys(layer.service for layer in others)))
        )
    ours, theirs = ([names_of(layer) for layer in some] for some in (layers, others))
    for name in wanted:
        if not _matches(ours, name) and (found := _matches(theirs, name)):
            sentence = _("“{name}” was loaded from {service}: use a connection to that service.")
            raise InputError(sentence.format(name=name, service=others[found[0]].service))
    return choose(layers, names_of, wanted)


def check_codes(store: Store, parameter: str, codes: Iterable[str]) -> None:
    """Raises InputError if one of the codes by which the rows of a table name their layer is that of several layers."""
    known = Counter(map(code_of, store.layers.all()))
    for code in sorted(set(codes)):
        if known[code] > 1:
            raise InputError(
                _(
                    "{name}: several layers of this store are called “{layer}”, so that nobody can tell whose rows "
                    "these are. Give each service a store of its own."
                ).format(name=parameter, layer=code)
            )


def code_of(layer: Layer) -> str:
    """What a layer of the store is called by in tables and on command lines (`Described.code`)."""
    return f"{layer.database_name}:{layer.table_name}"


def names_of(layer: Layer) -> Sequence[str]:
    """What a layer of the store may be called; the last of them, with its own table, no other has."""
    return (
        code_of(layer),
        layer.table_name,
        described(layer).table.title,
        str(layer.description["layer"].get("id", "")),
        f"{layer.local_table} ({layer.service})",
    )
