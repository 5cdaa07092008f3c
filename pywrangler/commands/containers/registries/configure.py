"""`pywrangler containers registries configure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import confirmed, read_secret, read_text
from pywrangler.commands.shared.options import SkipConfirmation
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, PywranglerError, UsageError
from pywrangler.sensitive import Sensitive

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.registries import RegistryKind, SecretReference

DEFAULT_STORE = "default_secret_store"
Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="Domain of the registry.")]
AwsKey = Annotated[
    str | None, typer.Option("--aws-access-key-id", metavar="ID", help="For Amazon ECR: the access key's id.")
]
DockerUser = Annotated[
    str | None, typer.Option("--dockerhub-username", metavar="NAME", help="For Docker Hub: the user's name.")
]
GarEmail = Annotated[
    str | None,
    typer.Option("--gar-email", metavar="EMAIL", help="For Google: the service account's e-mail address."),
]
PublicCredential = Annotated[str | None, typer.Option("--public-credential", hidden=True)]
StoreId = Annotated[
    str | None,
    typer.Option(
        "--secret-store-id", metavar="ID", help="The Secrets Store to keep the secret in, by id or name."
    ),
]
SecretName = Annotated[
    str | None, typer.Option("--secret-name", metavar="NAME", help="The name to keep the secret under.")
]
NoStore = Annotated[
    bool | None,
    typer.Option(
        "--disable-secrets-store/--no-disable-secrets-store",
        show_default=False,
        help="Send the secret itself; for FedRAMP High only.",
    ),
]
Verify = Annotated[
    bool | None,
    typer.Option(
        "--verify/--no-verify",
        show_default=False,
        help="For Amazon ECR: try the key before storing it. The default is to try it if AWS can be reached.",
    ),
]


@dataclass(frozen=True)
class Wish:
    """The checked request of the command line."""

    domain: str
    kind: RegistryKind
    public_credential: str
    store_id: str | None
    secret_name: str | None
    is_confirmed: bool
    verify: bool | None


def configure(
    run: Invocation,
    domain: Domain,
    aws_access_key_id: AwsKey = None,
    dockerhub_username: DockerUser = None,
    gar_email: GarEmail = None,
    public_credential: PublicCredential = None,
    secret_store_id: StoreId = None,
    secret_name: SecretName = None,
    disable_secrets_store: NoStore = None,
    verify: Verify = None,
    skip_confirmation: SkipConfirmation = False,
) -> None:
    """Store the credentials of a registry, so that containers can take images from it.

    Amazon ECR, Docker Hub and Google Artifact Registry are supported. The secret is typed when asked, or
    read from standard input: the secret access key, the personal access token, or the key file of the
    service account. If the store already has a secret of that name, it is used as it is.

    Example: pywrangler containers registries configure docker.io --dockerhub-username me --secret-name hub
    """
    from pywrangler.cloudflare.registries import registry_kind
    from pywrangler.cloudflare.service import is_fedramp_high, managed_registry

    if skip_confirmation and not secret_name and not disable_secrets_store:
        raise UsageError("--skip-confirmation needs --secret-name.", hint="Add `--secret-name NAME`.")
    if domain == managed_registry(run.service_environment):
        run.console.info("The managed registry needs no configuration.")
        return
    kind = registry_kind(domain)
    given = {
        "--aws-access-key-id": aws_access_key_id,
        "--dockerhub-username": dockerhub_username,
        "--gar-email": gar_email,
        "--public-credential": public_credential,
    }
    credential = choose_credential(kind, given)
    wish = Wish(domain, kind, credential, secret_store_id, secret_name, skip_confirmation, verify)
    is_fedramp = is_fedramp_high(run.service_environment)
    _check_store_options(wish, no_store=disable_secrets_store, is_fedramp=is_fedramp)
    client = run.changing_client()
    private: SecretReference | Sensitive[str] | None
    private = _read_private(run, wish) if disable_secrets_store else _keep_private(run, client, wish)
    if private is not None:
        _create(client, wish, private)
        run.console.success(f"Configured {kind.name} at {domain}.")


def choose_credential(kind: RegistryKind, given: dict[str, str | None]) -> str:
    """The public credential among the options `given`; raises `UsageError` when they do not fit the
    registry.
    """
    present = {option: value for option, value in given.items() if value is not None}
    if len(present) > 1:
        raise UsageError(f"{' and '.join(present)} exclude each other.")
    for option, value in present.items():
        if option not in (kind.option, "--public-credential"):
            raise UsageError(f"{option} is not for {kind.name}.", hint=f"Use {kind.option}.")
        if value:
            return value
    raise UsageError(f"{kind.name} needs {kind.option}.")


def _check_store_options(wish: Wish, *, no_store: bool | None, is_fedramp: bool) -> None:
    from pywrangler.cloudflare.secrets_store import check_secret_name

    if no_store is not None and (wish.store_id or wish.secret_name):
        raise UsageError("--disable-secrets-store excludes --secret-store-id and --secret-name.")
    if is_fedramp and not no_store:
        raise UsageError("FedRAMP High has no Secrets Store.", hint="Add --disable-secrets-store.")
    if no_store and not is_fedramp:
        raise UsageError("--disable-secrets-store is for FedRAMP High only.", hint="Omit it.")
    if wish.secret_name is not None:  # and empty: a variable that is not set, which is not the default
        check_secret_name(wish.secret_name)


def _keep_private(run: Invocation, client: Client, wish: Wish) -> SecretReference | None:
    """Where the private credential is in the Secrets Store, put there if it is not; None when the user said
    no.
    """
    from pywrangler.cloudflare.store_names import explained
    from pywrangler.cloudflare.store_names import store_id as id_of_store

    if wish.store_id:
        store_id: str | None = id_of_store(client, wish.store_id)
    else:
        store_id = _find_or_create_store(run, client, skip=wish.is_confirmed)
    if store_id is None:
        return None
    with explained(client, store_id):
        return _kept_in_store(run, client, wish, store_id)


def _kept_in_store(run: Invocation, client: Client, wish: Wish, store_id: str) -> SecretReference:
    from pywrangler.cloudflare.registries import SecretReference
    from pywrangler.cloudflare.secrets_store import create_secret, find_secret

    name = wish.secret_name or _ask_name(run, wish.kind)
    while find_secret(client, store_id, name) is not None:
        if wish.is_confirmed or not run.is_interactive or run.console.confirm(f"Use the secret {name}?"):
            run.console.info(f"Using the existing secret {name} of the store.")
            return SecretReference(store_id, name)
        name = _ask_name(run, wish.kind)
    value = _read_private(run, wish)
    # Wrangler's words, because people look for secrets by their comment.
    comment = f"Created by Wrangler: credentials for image registry {wish.domain}"
    create_secret(client, store_id, name=name, value=value, scopes=["containers"], comment=comment)
    run.console.info(f"Created the secret {name}.")
    return SecretReference(store_id, name)


def _find_or_create_store(run: Invocation, client: Client, *, skip: bool) -> str | None:
    from pywrangler.cloudflare.secrets_store import create_store, list_stores

    stores = list_stores(client)
    if len(stores) == 1:
        return stores[0].id
    if stores:
        raise UsageError(
            "The account has several secret stores.",
            detail="\n".join(f"{store.id}  {store.name}" for store in stores),
            hint="Choose one with --secret-store-id.",
        )
    if not confirmed(run, "The account has no secret store. Create one?", skip=skip):
        return None
    made = create_store(client, DEFAULT_STORE)
    run.console.info(f"Created the secret store {made.name} ({made.id}).")
    return made.id


def _ask_name(run: Invocation, kind: RegistryKind) -> str:
    from pywrangler.cloudflare.secrets_store import check_secret_name

    proposal = kind.secret.replace(" ", "_")
    if not run.is_interactive:
        return proposal  # as Wrangler's prompt (4.164) answers itself
    while True:
        name = run.console.ask("Name for the secret", default=proposal)
        try:
            check_secret_name(name)
        except UsageError as error:
            run.console.warning(error.message)
            continue
        return name


def _read_private(run: Invocation, wish: Wish) -> Sensitive[str]:
    from pywrangler.cloudflare.registries import ECR, GAR, encode_google_key

    value = read_secret(run, f"the {wish.kind.secret}")
    if wish.kind is ECR:
        _verify_key(run, wish, value)
    if wish.kind is not GAR:
        return value
    text = value.reveal().strip()
    # Google's secret is a file, so the file's name may be given in place of what it holds.
    if _names_file(run, text):
        text = read_text(run, Path(text))
    return Sensitive(encode_google_key(text, wish.public_credential))


def _names_file(run: Invocation, text: str) -> bool:
    """Whether there is a file of this name. A key in base64 is too long for one, which is an error of the
    system whose text would repeat the key.
    """
    try:
        return (run.directory / text).is_file()
    except (OSError, ValueError):
        return False


def _verify_key(run: Invocation, wish: Wish, secret: Sensitive[str]) -> None:
    """Try the key at AWS, so that a wrong one is known now and not when the first instance starts."""
    if wish.verify is False:
        return
    from pywrangler.credentials.ecr import UNREACHABLE, KeyPair, authorize

    try:
        authorize(wish.domain, KeyPair(wish.public_credential, secret), run.environment)
    except PywranglerError as error:
        if error.code != UNREACHABLE or wish.verify:
            raise
        run.console.info("The key is stored without a test: AWS cannot be reached from here.")
    else:
        run.console.info("AWS accepts the key.")


def _create(client: Client, wish: Wish, private: SecretReference | Sensitive[str]) -> None:
    from pywrangler.cloudflare.registries import create_registry

    try:
        create_registry(
            client,
            wish.domain,
            wish.kind,
            public_credential=wish.public_credential,
            private_credential=private,
        )
    except ApiError as error:
        if error.status != 409:
            raise
        raise PywranglerError(
            f"The registry {wish.domain} is already configured.",
            hint=f"To change it, first run `pywrangler containers registries delete {wish.domain}`.",
            code="exists",
        ) from error
