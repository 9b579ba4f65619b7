"""The page of what was sent: layers by their titles, what went wrong first."""

from geocollab.workflows.layers.pushed import Line, Pushed
from geocollab.workflows.pages.report import Item, Named

CANTONS, PARCELS = "suivi_terrain:cantons_suivis", "suivi_terrain:parcelles"


def page(*lines):
    return Pushed(lines=[Line(*line) for line in lines]).report("Envoi")


def test_layers_are_called_by_their_titles():
    by_layer, one_by_one = page(
        (PARCELS, "Parcelles", 1, "7", "update", "sent"),
        (CANTONS, "Cantons suivis", 2, "8", "update", "sent"),
        (PARCELS, "Parcelles", 3, "", "insert", "fault", "Le nom manque."),
    ).sections
    assert by_layer.chart.items == [Item("Cantons suivis", 1), Item("Parcelles", 2)]
    assert [row[:2] for row in one_by_one.table.rows] == [
        (Named("Parcelles", PARCELS), "row 3"),
        (Named("Parcelles", PARCELS), "7"),
        (Named("Cantons suivis", CANTONS), "8"),
    ]


def test_two_layers_of_one_title_are_told_apart():
    by_layer, _lines = page(
        (PARCELS, "Suivi", 1, "7", "update", "sent"),
        (CANTONS, "Suivi", 2, "8", "update", "sent"),
        ("a:b", "B", 2, "8", "update", "sent"),
    ).sections
    assert [item.label for item in by_layer.chart.items] == ["B", CANTONS, PARCELS]


def test_one_layer_alone_needs_no_chart():
    assert len(page((PARCELS, "Parcelles", 1, "7", "update", "sent")).sections) == 1
    assert len(page().sections) == 1
