"""Every error as a sentence for people: what failed, what the server said, what to do. No other place does that."""

from ..client import errors as service
from ..i18n import _
from ..store import errors as store
from ..workflows.errors import InputError, Interrupted

LONGEST_QUOTE = 300


def sentence(error):
    """The sentence for an error that we know; None for a fault of the program."""
    if isinstance(error, service.Cancelled):
        return _("Stopped before the end. What was there before is unchanged; run the operation again to do it.")
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, Interrupted):
        return _interrupted(error)
    for kind, make in (*_SERVICE, *_STORE):
        if isinstance(error, kind):
            return make(error)
    return None


def _interrupted(error):
    """Why, then how far it came; of a cancel the user need not be told that nothing has changed, for it has."""
    cause = error.__cause__
    why = _("Stopped before the end.") if isinstance(cause, service.Cancelled) else sentence(cause) if cause else ""
    return f"{why or cause or ''} {error}".strip()


def _said(error):
    """What the server said, else what the network or our reading found; nothing if there is nothing."""
    said = error.server_message
    if isinstance(error, service.MalformedAnswer) and said[:1] in ("{", "["):
        said = ""  # data, people's among it, are for no message and no log
    words = said or error.detail
    if not words:
        return ""
    if len(words) > LONGEST_QUOTE:
        words = words[:LONGEST_QUOTE] + "…"
    sentence = _("It said: “{words}”.") if said else _("Detail: “{words}”.")
    return " " + sentence.format(words=words)


def _service(text):
    return lambda error: (
        text().format(host=error.host or _("the service"), request=_request(error), status=error.status) + _said(error)
    )


def _request(error):
    return f"{error.method} {error.url}".strip()


def _busy(error):
    text = _("{host} has too much to do ({status}). Wait a little, then run the operation again.").format(
        host=error.host, status=error.status
    )
    if error.retry_after:
        text += " " + _("It asks to wait {seconds} seconds.").format(seconds=round(error.retry_after))
    return text + _said(error)


_OF_ENTREPOT = ("/datastores/", "/users/me/")
"""Paths of what the API Entrepôt lets change."""


def _conflict(error):
    """Who would change something of the Entrepôt has no old copy of it: what it says is how things are there."""
    if error.method == "GET" or not any(part in error.url for part in _OF_ENTREPOT):
        return _service(
            lambda: _("{host} refuses because things have changed there meanwhile (409). Refresh, then try again.")
        )(error)
    if "quota" in error.server_message.casefold():
        remedy = _(
            "“Inventory of a datastore” shows how full each quota is and what is kept for nothing: delete that, or ask "
            "the support for a higher quota."
        )
    else:
        remedy = _(
            "If it is in use, “Inventory of a datastore” shows by what; if a name or path is taken, choose another; if "
            "work on it has not ended, wait for it with “Follow an execution”."
        )
    said = _service(lambda: _("{host} refuses because of how things are there (409): {request}."))(error)
    return f"{said} {remedy}"


# the first class that fits counts: the narrow ones stand before the wide ones
_SERVICE = (
    (
        service.CertificateRefused,
        _service(
            lambda: _(
                "The certificate of {host} is not trusted, so nothing was sent. If it belongs to your organisation, "
                "add its authority in QGIS: Settings > Options > Authentication > Manage certificates > Authorities. "
                "There is no way to pass over this check."
            )
        ),
    ),
    (
        service.ProxyRefused,
        _service(
            lambda: _(
                "The proxy did not let the request to {host} through. Check Settings > Options > Network > Use proxy "
                "for web access in QGIS: host, port, user and password, excluded addresses."
            )
        ),
    ),
    (
        service.TimedOut,
        _service(
            lambda: _(
                "{host} did not answer in time, several attempts included. Try again later, ask for less (a smaller "
                "zone), or raise the time-out in Settings > Options > Network."
            )
        ),
    ),
    (
        service.Unreachable,
        _service(
            lambda: _(
                "{host} cannot be reached. Check the network, the address in the connection, and the proxy in Settings "
                "> Options > Network."
            )
        ),
    ),
    (
        service.SignInFailed,
        _service(
            lambda: _(
                "Signing in at {host} failed. Check the user name and the password (or client id and secret) that the "
                "connection points to; accounts of FranceConnect or ProConnect have no password that works here."
            )
        ),
    ),
    (
        service.Unauthorized,
        _service(
            lambda: _(
                "{host} does not accept the account (401): it is missing, wrong, or the session is over and could not "
                "be renewed. Check the account of the connection with “Check the connection”."
            )
        ),
    ),
    (
        service.Forbidden,
        _service(
            lambda: _(
                "{host} does not allow this to your account (403). Ask a manager of the community for the right, or "
                "choose another community."
            )
        ),
    ),
    (
        service.NotFound,
        _service(lambda: _("{host} does not know what was asked for (404): {request}. It may have been deleted.")),
    ),
    (service.Conflict, _conflict),
    (
        service.Invalid,
        _service(lambda: _("{host} does not accept the request ({status}): {request}.")),
    ),
    (service.Busy, _busy),
    (
        service.ServerFault,
        _service(lambda: _("{host} has a fault ({status}), several attempts included. Try again later.")),
    ),
    (
        service.MalformedAnswer,
        _service(
            lambda: _(
                "{host} answered something that is not what its interface promises: {request}. Nothing was changed. A "
                "captive portal, a proxy or a fault of the service can cause it; try again later."
            )
        ),
    ),
    (service.ServiceError, _service(lambda: _("{host} could not do what was asked: {request}."))),
)

_STORE = (
    (
        store.FolderMissing,
        lambda error: _("There is no folder {path}. Make it, or choose another place for the store.").format(
            path=error.path
        ),
    ),
    (
        store.StoreMissing,
        lambda error: _("There is no store {path}. Download reports first, or choose another file.").format(
            path=error.path
        ),
    ),
    (
        store.NotAStore,
        lambda error: _(
            "{path} is not a store: {detail}. Choose the SpatiaLite file of an earlier download, or a new name."
        ).format(path=error.path, detail=_(error.detail)),
    ),
    (
        store.NewerStore,
        lambda error: _(
            "The store {path} was made by a newer version of GeoCollab ({detail}). Update GeoCollab, or choose another "
            "file."
        ).format(path=error.path, detail=error.detail),
    ),
    (
        store.StoreLocked,
        lambda error: _(
            "Another program is writing into the store {path}. Save or stop the editing in other QGIS windows, then "
            "run the operation again; nothing was changed."
        ).format(path=error.path),
    ),
    (
        store.StoreBusy,
        lambda error: _(
            "Another run is sending from the store {path} just now. Wait until it has ended, then run the operation "
            "again."
        ).format(path=error.path),
    ),
    (
        store.UnknownSrid,
        lambda error: _(
            "SpatiaLite knows no reference system EPSG:{number}, so the layer cannot be kept in the store."
        ).format(number=error.detail),
    ),
    (
        store.LayerChanged,
        lambda error: _(
            "The server changed the key or the geometry of {table}, and local edits of it are pending. Send or discard "
            "them, then load the layer again."
        ).format(table=error.detail),
    ),
    (
        store.StoreReadOnly,
        lambda error: _("{path} may not be written. Choose another place, or ask for the right to write there.").format(
            path=error.path
        ),
    ),
    (
        store.DiskFull,
        lambda error: _(
            "The disk is full ({path}). Make room, then run the operation again; nothing was changed."
        ).format(path=error.path),
    ),
    (
        store.SpatialiteMissing,
        lambda error: _(
            "Python cannot load SpatiaLite ({detail}). Use the Python that comes with QGIS; on Debian, install "
            "libsqlite3-mod-spatialite."
        ).format(detail=error.detail),
    ),
    (
        store.StoreDamaged,
        lambda error: _(
            "The store {path} is damaged: {detail}. Put it aside and download again into a new file."
        ).format(path=error.path, detail=error.detail),
    ),
)


def file_sentence(error):
    """The sentence for a file that cannot be written or read."""
    return _("{path}: {why}. Choose another place, or ask for the right to write there.").format(
        path=getattr(error, "filename", None) or _("A file"), why=getattr(error, "strerror", None) or error
    )


__all__ = ["InputError", "file_sentence", "sentence"]
