"""Make a key for restricted services."""

from ...i18n import N_, _
from ...provider import parameters as p
from ...provider.entrepot import access, keychain
from ...provider.entrepot.services import words
from ...provider.operation import ACCESS, Operation

TYPES = (
    ("HASH", N_("A secret word, sent as header “apikey” (HASH)")),
    ("BASIC", N_("User name and password (BASIC)")),
    ("HEADER", N_("A header of your own (HEADER)")),
    ("OAUTH2", N_("Your own sign-in, one key per account (OAUTH2)")),
)


class CreateKey(Operation):
    ID = "createkey"
    GROUP = ACCESS
    TITLE = N_("Create a key")
    SUMMARY = N_("Makes a key for restricted services, whose secret goes straight into QGIS or into a file.")
    HELP = N_(
        "The secret is neither shown nor an output: it goes into the authentication manager of QGIS, whose "
        "configuration is the output AUTHCFG, or into a file that only you may read (on Windows: whoever may read its "
        "folder). A key of the type OAUTH2 has no secret: it works with an OAuth2 configuration of QGIS that signs you "
        "in.\n\n"
        "A key is known by its name: run again, it is the same one, with other rules if others are given. Then “Create "
        "an access” lets it reach services, and “Add a restricted layer” shows them.\n\n"
        "Keys of the types HASH and HEADER need a QGIS that can send headers; with an older one choose BASIC. Without "
        "a window the authentication manager needs its master password (QGIS_AUTH_PASSWORD_FILE)."
    )
    TAGS = ("clé", "apikey", "restreint", "authentification", "entrepôt", "géoplateforme", "key", "authcfg", "secret")
    EXAMPLE = {"CONNECTION": "sandbox.json", "NAME": "bureau", "TYPE": "HASH", "FILE": "key.txt"}

    def initAlgorithm(self, configuration=None):
        self.addParameters(
            p.connection(),
            p.text("NAME", _("Name"), _("By which you know the key."), optional=False),
            p.choice(
                "TYPE",
                _("Type"),
                _("How it is shown to services; it never changes."),
                [(code, _(label)) for code, label in TYPES],
                default="HASH",
            ),
            p.described(
                keychain.login_parameter(),
                _(
                    "For a new key of the type BASIC: a Basic configuration of QGIS whose user name and password it "
                    "shall have. Left empty: both are drawn. The user name is unique on the whole platform."
                ),
                advanced=True,
            ),
            p.text(
                "HEADER",
                _("Name of the header"),
                _("For a key of the type HEADER; its value is drawn. Left empty: X-Geocollab-Key."),
                advanced=True,
            ),
            p.text(
                "WHITELIST",
                _("Allowed networks"),
                _("In CIDR form, such as 192.0.2.0/24, separated by commas. Left empty: as it is, or from everywhere."),
                advanced=True,
            ),
            p.text(
                "BLACKLIST",
                _("Forbidden networks"),
                _("In CIDR form, separated by commas. Left empty: as it is, or none."),
                advanced=True,
            ),
            p.text(
                "USER_AGENT",
                _("User agent"),
                _("Pattern of the programs that may use it; % escapes ( ) . % + - * ? [ ] ^ $. Left empty: as it is."),
                advanced=True,
            ),
            p.text(
                "REFERER",
                _("Referer"),
                _("Pattern of the pages that may use it, written in the same way. Left empty: as it is."),
                advanced=True,
            ),
            p.file_out(
                "FILE",
                _("File for the secret"),
                _(
                    "Instead of QGIS: a file that only you may read; on Windows choose a folder that nobody else may "
                    "read. It is replaced."
                ),
                _("Text files (*.txt)"),
            ),
        )
        self.addTexts(KEY=_("Key (id)"), AUTHCFG=_("Authentication configuration"))
        self.addNumbers(
            NEW_COUNT=_("Made by this run"),
            UPDATED_COUNT=_("Changed"),
            UNCHANGED_COUNT=_("There already"),
            REQUEST_COUNT=_("Requests sent"),
        )

    def take_in(self, call):
        self._login, self._keeper = None, None
        if call.text("LOGIN"):
            self._login = keychain.login_of(call.text("LOGIN"))
        if call.file_out("FILE") is None and call.choice("TYPE") != "OAUTH2":
            keychain.require(_("Or give a file for the secret in FILE."))
            if call.choice("TYPE") != "BASIC":
                keychain.require_headers()
            self._keeper = keychain.Keeper()

    def perform(self, call):
        from ...workflows.entrepot.rights import keyring

        name, type, file = call.text("NAME"), call.choice("TYPE"), call.file_out("FILE")
        wish = keyring.KeyWish(
            name,
            type,
            words(call.text("WHITELIST")),
            words(call.text("BLACKLIST")),
            call.text("USER_AGENT"),
            call.text("REFERER"),
        )
        given = (
            keyring.Secret(login=self._login[0], password=self._login[1]) if self._login and type == "BASIC" else None
        )
        kept_as = access.authcfg_name(keyring.owner(call.entrepot), name)
        qgis = keychain.QgisVault(self._keeper, kept_as)
        vault = qgis if file is None else keychain.FileVault(file, kept_as)
        made = keyring.keep_key(call.entrepot, wish, vault, given, call.text("HEADER"))
        access.remember_key(call, made.key)
        self._keeper = self._login = None
        if type == "OAUTH2":
            call.feedback.pushInfo(
                _(
                    "This key has no secret: services take your sign-in. QGIS asks for it with an OAuth2 "
                    "configuration, which you make in Settings > Options > Authentication."
                )
            )
        authcfg = qgis.authcfg if file is None and type != "OAUTH2" else self._own_sign_in(call, type)
        place = _("the authentication configuration {authcfg} of QGIS").format(authcfg=authcfg) if qgis.authcfg else ""
        call.feedback.pushInfo(made.sentence("" if type == "OAUTH2" else str(file or place)))
        return {
            "KEY": made.key.id,
            "AUTHCFG": authcfg,
            "NEW_COUNT": int(made.outcome == keyring.CREATED),
            "UPDATED_COUNT": int(made.outcome == keyring.CHANGED),
            "UNCHANGED_COUNT": int(made.outcome == keyring.KEPT),
            "REQUEST_COUNT": call.entrepot.session.requests_sent,
            **({"FILE": str(file)} if file is not None else {}),
        }

    @staticmethod
    def _own_sign_in(call, type):
        """The configuration that the connection signs in with, which a key of the type OAUTH2 works with too."""
        account = call.connection.account
        return account.authcfg if type == "OAUTH2" and account.kind == "authcfg" else ""
