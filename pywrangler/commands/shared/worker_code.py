"""Reads the exports of the Worker's code, without downloading anything."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.dataclass import dataclass
from pywrangler.errors import BuildError, MissingError

if TYPE_CHECKING:
    from pywrangler.config.problems.records import Problem
    from pywrangler.config.records import Configuration


@dataclass
class CodeReader:
    """Bundles the Worker when it is called, once for environments with the same code, and remembers what is
    wrong with the code, or why it was not looked at.
    """

    run: Invocation
    problems: list[Problem] = field(default_factory=list)
    left_out: str | None = None
    _read: list[tuple[Configuration, frozenset[str] | None]] = field(default_factory=list)

    def __call__(self, configuration: Configuration) -> frozenset[str] | None:
        """The names that the Worker exports; None if they cannot be known."""
        plain = replace(configuration, name="", environment=None)
        for code, names in self._read:
            if code == plain:
                return names
        names = self._exported_names(configuration)
        self._read.append((plain, names))
        return names

    def _exported_names(self, configuration: Configuration) -> frozenset[str] | None:
        from pywrangler.deploy.bundle.bundler_errors import (
            NOT_INSTALLED,
            find_problems,
            missing_default_export,
        )
        from pywrangler.deploy.bundle.bundling import bundle
        from pywrangler.deploy.code.mistakes import find_mistakes
        from pywrangler.toolchain import find

        if configuration.no_bundle:
            self.problems += find_mistakes(configuration, [configuration.entry])
            self.left_out = "no_bundle leaves the code as it is"
            return None
        if configuration.build and not configuration.entry.is_file():
            self.left_out = "`build.command`, which creates it, was not run"
            return None
        try:
            toolchain = find(self.run.environment)
        except MissingError as error:
            self.left_out = error.message.rstrip(".")
            return None
        if toolchain is None:
            self.left_out = "the first deploy downloads what is needed to read it"
            return None
        try:
            made = bundle(configuration, toolchain, self.run.environment)
        except BuildError as error:
            if error.code == NOT_INSTALLED:
                self.left_out = "the npm packages that it imports are not installed"
                return None
            self.problems += find_problems(configuration, error)
            return None
        self.problems += find_mistakes(configuration, made.inputs)
        if not made.has_default_export:
            self.problems.append(missing_default_export(configuration))
        return made.exported_classes
