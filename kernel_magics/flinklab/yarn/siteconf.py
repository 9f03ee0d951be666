"""Hadoop's configuration files (`core-site.xml`, `yarn-site.xml`), read as Hadoop reads them."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from flinklab.domain.errors import UsageError

_VARIABLE = re.compile(r"\$\{([^{}$\s]+)\}")
_FROM_ENVIRONMENT = re.compile(r"env\.(?P<name>[^:-]+)(?:(?P<rule>:?-)(?P<otherwise>.*))?")
_MAX_SUBSTITUTIONS = 20  # Hadoop's own


class SiteConf:
    """The properties of a folder's files, the later ones over the earlier.

    Values may refer to others: `${yarn.resourcemanager.hostname}`, `${user.name}`, `${env.NAME:-default}`. What is
    included (`xi:include`) is not read, and none of Hadoop's defaults is known here. Raises `UsageError` for a
    folder that is none, or a file that is not such XML.
    """

    def __init__(
        self, folder: Path, *names: str, environment: Mapping[str, str] | None = None, user: str | None = None
    ) -> None:
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", hint="set HADOOP_CONF_DIR to that with yarn-site.xml")
        self._environment = os.environ if environment is None else environment
        self._user = user
        self._values: dict[str, str] = {}
        final: set[str] = set()
        for name in names:
            self._read(folder / name, final)

    def get(self, name: str, default: str = "") -> str:
        """Stripped; `default` where it is not set or empty. References in `default` are followed, too."""
        return self._substituted(self._values.get(name, "").strip() or default).strip()

    def flag(self, name: str) -> bool:
        return self.get(name).lower() == "true"

    def _read(self, file: Path, final: set[str]) -> None:
        try:
            root = ElementTree.fromstring(file.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ElementTree.ParseError) as error:
            raise UsageError(f"{file} cannot be read: {error}") from None
        sealed = set()
        for each in root.iter("property"):
            # Hadoop takes these as attributes, too.
            name, value = (each.findtext(part) or each.get(part) or "" for part in ("name", "value"))
            if not name.strip() or name.strip() in final:
                continue
            self._values[name.strip()] = value
            if (each.findtext("final") or each.get("final") or "").strip() == "true":
                sealed.add(name.strip())
        final |= sealed

    def _substituted(self, text: str) -> str:
        """A reference to what is not set stays as it is."""
        for _ in range(_MAX_SUBSTITUTIONS):
            replaced = _VARIABLE.sub(self._value, text)
            if replaced == text:
                break
            text = replaced
        return text

    def _value(self, match: re.Match[str]) -> str:
        name = match[1]
        if name == "user.name":
            return self._user or getpass.getuser()
        found = _FROM_ENVIRONMENT.fullmatch(name)
        if found is None:
            return self._values.get(name, match[0])
        value = self._environment.get(found["name"])
        if found["rule"] is not None and (value is None or (found["rule"] == ":-" and not value)):
            return found["otherwise"]
        return match[0] if value is None else value
