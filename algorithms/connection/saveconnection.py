"""Save a connection in the QGIS settings."""

from ...i18n import N_, _
from ...provider import connections
from ...provider import parameters as p
from ...provider.operation import CONNECTION, Operation

KINDS = (
    ("authcfg", N_("QGIS authentication (authcfg)")),
    ("anonymous", N_("Without account: public reports only")),
    ("basic", N_("User name and password (HTTP Basic)")),
    ("password", N_("User name and password (sign-in service)")),
    ("client_credentials", N_("Service account (client id and secret)")),
    ("token", N_("Bearer token")),
)


class SaveConnection(Operation):
    ID = "saveconnection"
    GROUP = CONNECTION
    TITLE = N_("Save a connection")
    SUMMARY = N_("Saves under a name where the services are and which account to use, for all other operations.")
    HELP = N_(
        "In QGIS Desktop, store user name and password (or OAuth2) in Settings > Options > Authentication and choose "
        "that configuration here: nothing else is needed. For scripts and nightly jobs, name the environment variables "
        "or files that hold the secrets.\n\n"
        "A connection never holds a password, secret or token itself."
    )
    TAGS = ("connexion", "compte", "enregistrer", "authentification", "account", "login", "authcfg", "oauth2")
    EXAMPLE = {"NAME": "sdis", "FILE": "sandbox.json", "DEFAULT": "true"}
    NEEDS_CONNECTION = False

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.text(
                "NAME",
                _("Name"),
                _("Under which the other operations know it; an earlier one is replaced."),
                optional=False,
            ),
            p.text("COMMUNITY", _("Community by default"), _("Number or name; used where an operation names none.")),
            p.flag("DEFAULT", _("Use it by default"), _("Where an operation names no connection."), default=True),
            p.file(
                "FILE",
                _("Take everything from a connection file"),
                _("Service and account as this file (JSON) says; the fields below are not used then."),
                filter="JSON (*.json)",
            ),
            p.choice(
                "ACCOUNT",
                _("Kind of account"),
                _("How the account signs in."),
                [(code, _(label)) for code, label in KINDS],
                default="authcfg",
            ),
            p.authcfg(),
            p.text("USERNAME", _("User name"), _("For an account with user name and password."), advanced=True),
            p.text(
                "PASSWORD_ENV",
                _("Environment variable of the password"),
                _("Name of the variable, never the password itself; for a token or client secret too."),
                advanced=True,
            ),
            p.file(
                "PASSWORD_FILE",
                _("File of the password"),
                _("A file that only you may read, whose one line is the password, token or client secret."),
                advanced=True,
            ),
            p.text(
                "CLIENT_ID",
                _("Client id"),
                _("Of the application, as registered with the sign-in service."),
                advanced=True,
            ),
            p.text("URL", _("Address of the service"), _("Change it only if IGN says so."), advanced=True),
            p.text("SSO_URL", _("Address of the sign-in service"), _("Change it only if IGN says so."), advanced=True),
        )
        self.addTexts(CONNECTION=_("Connection"))

    def perform(self, call):
        from dataclasses import replace

        from ...workflows.connection.connection import connection_from, read_connection

        file = call.path("FILE")
        if file:
            # the settings have no folder from which a relative path could start
            connection = replace(read_connection(file).with_full_paths(), name=call.text("NAME"))
            if call.text("COMMUNITY"):
                connection = replace(connection, defaults={**connection.defaults, "community": call.text("COMMUNITY")})
        else:
            connection = connection_from(self._document(call))
        connections.save(connection, as_default=call.flag("DEFAULT"))
        call.feedback.pushInfo(_("Saved. Check it with “Check the connection”."))
        return {"CONNECTION": connection.name}

    @staticmethod
    def _document(call):
        """The fields as the document of a connection; which of them are needed is the schema's affair."""
        kind = call.choice("ACCOUNT")
        secrets = {"token": "token", "client_credentials": "client_secret"}  # nosec B105 - names of members
        secret = secrets.get(kind, "password")
        account = {
            "kind": kind,
            "authcfg": call.text("AUTHCFG"),
            "username": call.text("USERNAME"),
            f"{secret}_env": call.text("PASSWORD_ENV"),
            f"{secret}_file": call.text("PASSWORD_FILE"),
            "client_id": call.text("CLIENT_ID"),
        }
        services = {"espaceco": call.text("URL"), "sso": call.text("SSO_URL")}
        return {
            "name": call.text("NAME"),
            "services": {name: value for name, value in services.items() if value},
            "account": {name: value for name, value in account.items() if value},
            "defaults": {"community": call.text("COMMUNITY")} if call.text("COMMUNITY") else {},
        }
