"""The context of one run of a command: its surroundings, its global options, and the cloud it acts on."""

from __future__ import annotations

import os
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.commands.context.project import Project
from pywrangler.commands.context.surroundings import (
    ENVIRONMENT_VARIABLE,
    Surroundings,
    environment_name,
    read_environment,
)
from pywrangler.commands.context.target import TARGET_VARIABLE, Target, choose_target, has_credentials
from pywrangler.console import Console, LogLevel, is_terminal
from pywrangler.dataclass import dataclass
from pywrangler.errors import MissingError, UsageError
from pywrangler.local.protocol import home_directory
from pywrangler.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pywrangler.cloudflare.client import Client
    from pywrangler.commands.context.output_file import OutputFile
    from pywrangler.credentials.records import Login
    from pywrangler.local.protocol import Status
    from pywrangler.sensitive import Sensitive

LOG_LEVEL_VARIABLE = "WRANGLER_LOG"


@dataclass(frozen=True)
class GlobalOptions:
    """The options that every command accepts."""

    config: Path | None = None
    configs: tuple[Path, ...] = ()
    """All of the command line, where a command takes several; `config` is the first."""
    directory: Path | None = None
    environment: str | None = None
    environment_files: tuple[Path, ...] = ()
    profile: str | None = None
    remote: bool | None = None
    log_level: str | None = None
    as_json: bool = False


class Invocation:
    """One run. What costs time (configuration, logins, the platform) is found when first asked for."""

    def __init__(
        self,
        surroundings: Surroundings,
        options: GlobalOptions,
        *,
        is_local_by_default: bool = False,
        arguments: Sequence[str] = (),
    ) -> None:
        self.surroundings = surroundings
        self.options = options
        self._is_local_by_default = is_local_by_default
        self.directory = _existing_directory(surroundings.directory, options.directory)
        self.environment = read_environment(
            surroundings.environment, self.directory, options.environment_files, options.environment
        )
        self.project = Project(self.directory, options.config, self.environment_name)
        self.is_ci = surroundings.is_ci
        self.is_interactive = surroundings.is_interactive
        self._open: list[Client] = []
        self._is_introduced = False
        self._said: set[str] = set()
        self.arguments = tuple(arguments)
        """The command line, without the program."""
        self.output: OutputFile | None = None
        """The file of lines about the run, where one is wanted."""
        self.console = Console(
            stdin=surroundings.stdin,
            stdout=surroundings.stdout,
            stderr=surroundings.stderr,
            environment=self.environment,
            level=LogLevel.parse(options.log_level or "log"),
            interactive=self.is_interactive,
            as_json=options.as_json,
        )
        if options.log_level is None:
            self._take_log_level(self.environment.get(LOG_LEVEL_VARIABLE))

    def _take_log_level(self, named: str | None) -> None:
        """Say as much as the variable wants; another word in it is not an error, as with Wrangler."""
        try:
            self.console.level = LogLevel.parse(named or "log")
        except UsageError as error:
            self.console.warning(f"{LOG_LEVEL_VARIABLE} is ignored: {error.message} {error.hint}")

    def close(self) -> None:
        """Close the connections of the run."""
        for client in self._open:
            client.close()

    def for_each_configuration(self) -> list[Invocation]:
        """This run, or one for each configuration of the command line, in its order. They share the console,
        the connections and the login.
        """
        files = self.options.configs
        return [self] if len(files) < 2 else [self._with_configuration(file) for file in files]

    def _with_configuration(self, file: Path) -> Invocation:
        other = copy(self)
        other.options = replace(self.options, config=file, configs=(file,))
        other.project = Project(self.directory, file, self.environment_name)
        for name in ("service_environment", "client"):  # what a configuration has a say in
            other.__dict__.pop(name, None)
        return other

    @property
    def shows_output_to_a_person(self) -> bool:
        """Whether results go to a terminal; elsewhere some commands print JSON, as Wrangler's do."""
        return is_terminal(self.surroundings.stdout) and not self.is_ci

    @property
    def home(self) -> Path:
        """The directory of the local platform's state and of what is known about logins."""
        return home_directory(self.environment)

    @property
    def environment_name(self) -> str | None:
        """The configuration's environment that was chosen, by `--env` (empty: none) or CLOUDFLARE_ENV."""
        return environment_name(self.options.environment, self.environment)

    @cached_property
    def service_environment(self) -> Mapping[str, str]:
        """The environment for Cloudflare's addresses, on which `compliance_region` has a say, too."""
        fields = self.project.fields
        if fields is None:
            return self.environment
        from pywrangler.cloudflare.service import with_region

        return with_region(self.environment, fields.get("compliance_region"))

    @cached_property
    def login(self) -> Login | None:
        """The credentials for Cloudflare: the environment's, otherwise the stored profile's, otherwise
        None.
        """
        from pywrangler.credentials.logins import find_login

        found = find_login(self.environment, self.home, self.options.profile)
        if self.options.profile and found is None:
            raise self.unknown_profile(self.options.profile)
        if self.options.profile and found and found.profile is None:
            self.console.warning(f"--profile is ignored: {found.origin} in the environment takes precedence.")
        return found

    @cached_property
    def target(self) -> Target:
        """The cloud this run acts on."""
        target = choose_target(
            self.options.remote,
            self.environment,
            is_logged_in=self._is_logged_in,
            is_local_by_default=self._is_local_by_default,
        )
        is_asked = self.options.remote is not None or self.environment.get(TARGET_VARIABLE)
        if self.options.profile and target is Target.LOCAL and not (is_asked or self._is_local_by_default):
            raise self.unknown_profile(self.options.profile)  # it was meant, and is for Cloudflare
        return target

    def unknown_profile(self, name: str) -> MissingError:
        """The error for a login that is not stored."""
        from pywrangler.credentials.logins import profiles
        from pywrangler.spelling import closest

        near = closest(name, profiles(self.home))
        hint = f"Did you mean `{near}`?" if near else f"Store one: `pywrangler login --profile {name}`."
        return MissingError(
            f"No login is stored for the profile `{name}`.",
            hint=hint,
            code="not-logged-in",
        )

    @cached_property
    def _is_logged_in(self) -> bool:
        from pywrangler.credentials.logins import is_logged_in

        return is_logged_in(self.home, self.options.profile)

    @property
    def _leaves_cloudflare_aside(self) -> bool:
        """Whether the command acts locally by its own default alone, although there are credentials."""
        is_unasked = self.options.remote is None and not self.environment.get(TARGET_VARIABLE)
        return (
            self._is_local_by_default
            and is_unasked
            and (has_credentials(self.environment) or self._is_logged_in)
        )

    @cached_property
    def client(self) -> Client:
        """The REST client of the target; starts the local platform if it is the target and does not run.

        Cloudflare's depends on the project's configuration: raises `ConfigurationError` if that is wrong.
        """
        if self.target is Target.CLOUDFLARE:
            return self._cloudflare_client()
        from pywrangler.local.client.starting import find_or_start

        client = self._client_of_platform(find_or_start(self.environment))
        if self._leaves_cloudflare_aside:
            self._say_once(f"Target: the local platform ({client.base_url}). For Cloudflare add --remote.")
        return client

    def existing_client(self) -> Client | None:
        """The client for a dry run: None if no platform runs or there is no login."""
        if self.target is Target.CLOUDFLARE:
            return self.client if self.login is not None else None
        from pywrangler.local.client.finding import find

        status = find(self.environment)
        return self._client_of_platform(status) if status else None

    def changing_client(self) -> Client:
        """The same for a command that changes something: says first which cloud it acts on.

        The project's configuration is checked for either cloud; commands that only read what the local
        platform has do not wait for that.
        """
        self.introduce_project()
        self.project.check()
        client = self.client
        if self.target is Target.CLOUDFLARE:
            self._say_once(f"Target: Cloudflare, account {client.account_id}")
        elif not self._leaves_cloudflare_aside:  # said already
            self._say_once(f"Target: the local platform ({client.base_url})")
        return client

    def _say_once(self, text: str) -> None:
        """Say what holds for several Workers of one command."""
        if text not in self._said:
            self._said.add(text)
            self.console.info(text)

    def introduce_project(self) -> None:
        """Say, once, which configuration it is where a build tool chose it; before anything else is said."""
        found = self.project.found
        if self._is_introduced or found is None or found.redirection is None:
            return
        self._is_introduced = True
        file, redirection = self._shown(found.file), self._shown(found.redirection)
        original = f" in place of `{self._shown(found.original)}`" if found.original else ""
        self.console.info(f"Configuration: `{file}`, which `{redirection}` of a build tool names{original}.")
        if found.is_stale:
            self.console.warning(
                f"`{self._shown(found.original)}` is newer than `{file}`, which a build tool made from it."
                " Build the project again, so that its changes take effect."
            )

    def check_environment(self) -> None:
        """Raise `ConfigurationError` if the configuration does not have the chosen environment; say so
        if it has no environments.
        """
        fields = self.project.fields if self.environment_name else None
        if fields is not None and fields.is_environment_missing:
            self.console.warning(
                f"`{self._shown(fields.file)}` has no environment `{self.environment_name}`."
                f" Its top level is used, and the Worker is `{fields.worker_name}`."
            )

    def warn_of_environments(self) -> None:
        """Say that none of the configuration's environments was chosen, for commands that change a Worker."""
        fields = self.project.fields
        names = list(fields.environments) if fields else []
        is_chosen = self.options.environment is not None or ENVIRONMENT_VARIABLE in self.environment
        if names and not is_chosen:
            listed = ", ".join(f"`{name}`" for name in names)
            self.console.warning(
                f"The configuration has environments ({listed}), and this command uses the top level."
                ' Choose one with `--env NAME`, or the top level with `--env ""`.'
            )

    def _shown(self, file: Path | None) -> str:
        """The path as seen from the directory that the command works in."""
        return os.path.relpath(file, self.directory) if file else ""

    def user_client(self) -> Client:
        """A client for calls that are about the user rather than an account, at Cloudflare."""
        return self._client_of(self._required_login)

    def client_for_token(self, token: Sensitive[str]) -> Client:
        """The same with a token that is not stored yet."""
        from pywrangler.credentials.records import Login

        return self._client_of(Login(token, "the token that was given"))

    @property
    def _required_login(self) -> Login:
        if self.login is None:
            raise MissingError(
                "No credentials for Cloudflare.",
                hint="Set CLOUDFLARE_API_TOKEN, run `pywrangler login`, or use the local platform (--local).",
                code="not-logged-in",
            )
        return self.login

    def _cloudflare_client(self) -> Client:
        """A client that acts on an account: the configuration's, the environment's, the login's, or a choice.

        The order of the first two is Wrangler's (4.164).
        """
        from pywrangler.commands.context.accounts import ACCOUNT_VARIABLE, choose_account

        made = self._client_of(self._required_login)
        fields = self.project.fields
        named = (
            fields.get("account_id") if fields else None,
            self.environment.get(ACCOUNT_VARIABLE),
            self.login.account_id if self.login else None,
        )
        made.account_id = choose_account(named, made, self.console.choose if self.is_interactive else None)
        return made

    def _client_of(self, login: Login) -> Client:
        from pywrangler.cloudflare.service import api_base_url
        from pywrangler.commands.context.clients import cloudflare_client

        address = api_base_url(self.service_environment)
        return self.kept_open(cloudflare_client(login, address, self.environment, self.console.debug))

    def _client_of_platform(self, status: Status) -> Client:
        from pywrangler.commands.context.clients import platform_client

        if status.version != VERSION:
            self.console.warning(
                f"The local platform runs pywrangler {status.version}, this is {VERSION}. "
                "Run `pywrangler local stop`, then the command again. Stored data is kept."
            )
        return self.kept_open(platform_client(status, self.console.debug))

    def kept_open(self, client: Client) -> Client:
        """The client, which is closed when the run ends."""
        self._open.append(client)
        return client


def _existing_directory(start: Path, chosen: Path | None) -> Path:
    if not chosen:
        if not start.is_dir():
            raise MissingError(
                f"The working directory `{start}` no longer exists.",
                hint="Change to a directory that exists, or name one with `--cwd`.",
                code="no-folder",
            )
        return start
    directory = start / chosen.expanduser()
    if not directory.is_dir():
        what = f"`{directory}` is a file" if directory.exists() else f"There is no directory `{directory}`"
        raise UsageError(f"{what}.", hint="Name the directory to work in with `--cwd`.")
    return directory
