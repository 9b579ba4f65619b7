"""What a server calls a document is hostile until it is a safe name; which names a pattern means."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geocollab.workflows.file_names import LONGEST, matches, patterns, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "7-photo.jpg"),
        ("chaussée dégradée.png", "7-chaussée dégradée.png"),
        ("../../x", "7-x"),
        ("/etc/passwd", "7-passwd"),
        ("C:\\x", "7-x"),
        ("C:x", "7-C_x"),
        ("a/b", "7-b"),
        ("a/", "7-document"),
        ("CON", "7-CON"),
        ("nul.txt", "7-nul.txt"),
        ("a\0b.jpg", "7-ab.jpg"),
        ("report.pdf. . ", "7-report.pdf"),
        ("  x  .jpg ", "7-x  .jpg"),
        ("..", "7-document"),
        ("", "7-document"),
        (".bashrc", "7-.bashrc"),
        ("-rf", "7--rf"),
        ("a\u202egpj.exe", "7-agpj.exe"),
        ("a\r\nb\tc.txt", "7-abc.txt"),
        ("e\u0301.jpg", "7-\u00e9.jpg"),
        ('<a href="x">?*|.txt', "7-_a href=_x_____.txt"),
        ("x.jpg:stream", "7-x.jpg_stream"),
        ("\ud800.jpg", "7-.jpg"),
        ("a" * 300 + ".jpg", "7-" + "a" * 114 + ".jpg"),
        ("a." + "b" * 300, "7-a." + "b" * 116),
    ],
)
def test_names_that_are_known_to_do_harm(name, safe):
    assert safe_name(7, name) == safe


@given(
    st.integers(1, 10**12), st.one_of(st.text(max_size=400), st.text('./\\:*?"<>|\0 \u202e\u0301aCON~', max_size=400))
)
@example(7, "é" * 300)
@example(7, "a" * 113 + ". .jpg")
@example(1, "A\x1f\u0300")
def test_a_safe_name_is_one_plain_name_everywhere(number, name):
    safe = safe_name(number, name)
    assert safe.startswith(f"{number}-") and len(safe) > len(f"{number}-")
    assert len(safe.encode()) <= LONGEST
    assert PurePosixPath(safe).parts == (safe,) and PureWindowsPath(safe).parts == (safe,)
    assert not PureWindowsPath(safe).is_reserved() and not PureWindowsPath(safe).drive
    assert not safe.endswith((".", " ")) and not set(safe) & set('<>:"/\\|?*')
    assert safe == unicodedata.normalize("NFC", safe)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in safe)
    assert safe_name(number, name) == safe


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.text(max_size=20), st.text(max_size=20))
def test_two_documents_never_have_names_that_a_file_system_takes_for_one(one, other, name, another):
    if one != other:
        folded = [unicodedata.normalize("NFD", safe_name(n, t)).casefold() for n, t in ((one, name), (other, another))]
        assert folded[0] != folded[1]


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("photo.JPG", "*.jpg", True),
        ("photo.png", "*.jpg; *.png", True),
        ("photo.png", "*.jpg", False),
        ("plan.pdf", "plan.pdf", True),
        ("grand plan.pdf", "plan.pdf", False),
        ("photo[1].jpg", "photo[1].jpg", True),
        ("photo1.jpg", "photo?.jpg", True),
        ("ÉCOLE.txt", "école.*", True),
        ("anything", "*", True),
        ("anything", "", False),
        ("a", " ;; ", False),
    ],
)
def test_patterns(name, text, fits):
    assert matches(name, patterns(text)) is fits
