"""The log: one line an entry, no secret, and never a reason to fail."""

import logging
import threading

import pytest
from qgis.core import QgsApplication

from geocollab.client import auth, errors
from geocollab.client.network import Network
from geocollab.client.session import Session
from tests.client.raw_server import RawServer, echo, reply

log = logging.getLogger("geocollab.client")


@pytest.fixture
def journal(qgis_app, tmp_path, monkeypatch):
    """The journal with a profile of its own, stopped after the test."""
    from geocollab.provider import journal

    monkeypatch.setattr(journal, "path", lambda: tmp_path / "profile" / "geocollab" / "geocollab.log")
    logger, before = logging.getLogger("geocollab"), list(logging.getLogger("geocollab").handlers)
    yield journal
    journal.stop()
    for handler in before:
        logger.addHandler(handler)


def lines(journal):
    return journal.path().read_text(encoding="utf-8").splitlines()


def test_it_is_in_the_profile(qgis_app):
    from geocollab.provider import journal

    assert str(journal.path()).startswith(QgsApplication.qgisSettingsDirPath())
    assert journal.path().name == "geocollab.log"


def test_an_entry_is_a_line(journal):
    journal.start()
    log.info("two\nlines\x1b[31m and\u2028more")
    first, second = lines(journal)
    assert "QGIS 3" in first and " INFO geocollab " in first
    assert second.endswith(" INFO geocollab.client two lines [31m and more")


def test_a_traceback_is_a_line_too_and_keeps_no_secret(journal):
    journal.start()
    try:
        raise ValueError("Authorization: Bearer hunter2hunter2\nx")
    except ValueError:
        log.exception("it failed with password=hunter2")
    [entry] = lines(journal)[1:]
    assert "ValueError" in entry and "test_journal.py" in entry and "hunter2" not in entry


def test_no_secret_whatever_the_server_sends_back(journal):
    journal.start()
    accounts = [auth.basic("membre", "word-of-pass é"), auth.bearer("tok-en-of-mine")]
    with RawServer(echo) as server:
        accounts.append(auth.password_grant(server.url, "id", "membre", "zephyr77", "s-client"))
        for account in accounts:
            with Session(account, Network(proxy=lambda url: None), rate=None) as session:
                with pytest.raises(errors.ServiceError) as caught:
                    session.get(server.url + "/?token=hunter2&apikey=hunter2")
                log.warning("%s", caught.value)
                log.warning("the whole request was %s", server.requests[-1])
    text = "\n".join(lines(journal))
    assert len(lines(journal)) == 1 + 3 * 3  # each: the request, the error, the request repeated
    for secret in ("hunter2", "tok-en-of-mine", "word-of-pass", "zephyr77", "s-client", "d29yZC1vZi1wYXNz"):
        assert secret not in text, secret
    assert "***" in text


def test_what_is_sent_is_in_it(journal):
    journal.start()
    with RawServer(reply(503, b"later", ["Retry-After: 0"]), reply(200, b"[]")) as server:
        with Session(network=Network(proxy=lambda url: None), rate=None) as session:
            session.get(server.url + "/a?page=2")
    entries = lines(journal)[1:]
    assert len(entries) == 3
    assert f"GET {server.url}/a?page=2 → 503, 5 bytes, " in entries[0]
    assert "Busy 503" in entries[1] and "attempt 1 of 4" in entries[1]
    assert f"GET {server.url}/a?page=2 → 200, 2 bytes, " in entries[2]


def test_starting_twice_writes_once(journal):
    journal.start()
    journal.start()
    log.info("once")
    assert len([line for line in lines(journal) if line.endswith("once")]) == 1


def test_stopping_closes_the_file_and_is_safe_twice(journal):
    journal.start()
    [handler] = logging.getLogger("geocollab").handlers
    journal.stop()
    journal.stop()
    log.info("afterwards")
    assert handler.stream is None and not any("afterwards" in line for line in lines(journal))
    assert logging.getLogger("geocollab").handlers == [] and logging.getLogger("geocollab").propagate


def test_it_starts_over_when_it_is_long(journal):
    journal.start()
    for number in range(3000):
        log.info("%d %s", number, "x" * 1000)
    files = sorted(path.name for path in journal.path().parent.iterdir())
    assert files == ["geocollab.log", "geocollab.log.1", "geocollab.log.2"]
    assert all(path.stat().st_size <= 500_000 for path in journal.path().parent.iterdir())
    assert lines(journal)[-1].split()[4] == "2999"


def test_an_entry_has_an_end(journal):
    journal.start()
    log.info("x" * 1_000_000)
    assert len(lines(journal)[-1]) < 5000


@pytest.mark.parametrize("obstacle", ["file in place of the folder", "folder in place of the file"])
def test_a_profile_that_cannot_be_written_does_not_matter(journal, capfd, obstacle):
    folder = journal.path().parent
    if obstacle.startswith("file"):
        folder.parent.mkdir()
        folder.write_text("")
    else:
        journal.path().mkdir(parents=True)
    journal.start()
    log.warning("nobody hears this")
    journal.stop()
    out, err = capfd.readouterr()
    assert "nobody hears this" not in out + err and "Traceback" not in err


def test_a_disk_that_is_full_does_not_matter(journal, capfd):
    journal.start()
    [handler] = logging.getLogger("geocollab").handlers
    handler.stream.close()

    class Full:
        def write(self, text):
            raise OSError(28, "No space left on device")

        def flush(self):
            pass

        def close(self):
            pass

        def seek(self, *args):
            pass

        def tell(self):
            return 0

    handler.stream = Full()
    log.warning("lost")
    assert "Traceback" not in capfd.readouterr().err


def test_many_threads_do_not_mix_their_lines(journal):
    journal.start()

    def write(letter):
        for _ in range(200):
            log.info(letter * 50)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ends = [line.rsplit(" ", 1)[1] for line in lines(journal)[1:]]
    assert sorted(ends) == sorted([letter * 50 for letter in "abcd"] * 200)
