"""Small projects to build, each with one change of something that a build may read."""

from __future__ import annotations

from tests.differential.projects.addresses import ADDRESSES
from tests.differential.projects.bases import BASES
from tests.differential.projects.contexts import CONTEXT
from tests.differential.projects.ignore_files import IGNORED
from tests.differential.projects.instructions import INSTRUCTIONS
from tests.differential.projects.links import LINKS

PROJECTS = [*CONTEXT, *LINKS, *IGNORED, *INSTRUCTIONS, *BASES, *ADDRESSES]
