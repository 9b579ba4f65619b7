"""Users, their passwords and the SSO clients. Every secret of the sandbox is in this file, and is only good for it."""

from __future__ import annotations

from typing import NamedTuple


class User(NamedTuple):
    id: int
    username: str
    description: str
    password: str | None = None  # None: exists as an author, cannot sign in

    @property
    def email(self) -> str:
        return f"{self.username}@sandbox.invalid"


class Client(NamedTuple):
    """An application known to the SSO; `secret` None means a public client, which must use PKCE."""

    id: str
    secret: str | None
    service_user: str | None = None


USERS = (
    User(1001, "membre", "Membre des groupes 375 et 96", "sandbox-membre"),
    User(1002, "admin", "Gestionnaire du groupe 375", "sandbox-admin"),
    User(1003, "sansgroupe", "Compte sans groupe", "sandbox-sansgroupe"),
    User(1004, "attente", "Adhésion au groupe 375 en attente", "sandbox-attente"),
    User(1005, "service-geocollab", "Compte de service, membre du groupe 375"),
    User(1101, "agent_voirie", "Agent de voirie"),
    User(1102, "technicien_sig", "Technicien SIG"),
    User(1103, "collecteur_terrain", "Collecteur de terrain"),
    User(1104, "service_urbanisme", "Service urbanisme"),
    User(1105, "operateur_secours", "Opérateur de secours"),
    User(1106, "gestionnaire_route", "Gestionnaire du groupe Route"),
    User(1107, "gestionnaire", "Gestionnaire des groupes 96 et 512", "sandbox-gestionnaire"),
    User(1108, "contributeur", "Contributeur des groupes 96 et 512", "sandbox-contributeur"),
)
BY_NAME = {user.username: user for user in USERS}
BY_ID = {user.id: user for user in USERS}

CLIENTS = {
    client.id: client
    for client in (
        Client("geocollab-sandbox", None),
        Client("gpf-warehouse", None),  # the public client of the platform, which other programs sign in with
        Client("geocollab-service", "sandbox-service-secret", "service-geocollab"),
    )
}


def signed_in(username: str, password: str) -> User | None:
    """The user with this password, None when there is none."""
    user = BY_NAME.get(username)
    return user if user and user.password and user.password == password else None
