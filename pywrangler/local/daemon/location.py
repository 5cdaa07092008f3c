"""Where containers believe to run: Cloudflare tells each its location, region and country; here they are
chosen.
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.errors import UsageError
from pywrangler.local.instances.records import Location

LOCATION_VARIABLE = "PYWRANGLER_LOCATION"
REGION_VARIABLE = "PYWRANGLER_REGION"
COUNTRY_VARIABLE = "PYWRANGLER_COUNTRY"


def read_location(environment: Mapping[str, str]) -> Location:
    """What the environment says, and defaults for the rest. Raises `UsageError` for what is no country."""
    default = Location()
    country = environment.get(COUNTRY_VARIABLE) or default.country
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise UsageError(
            f"{COUNTRY_VARIABLE} is {country}, which is not a country.",
            hint="It is a code of two letters, such as DE (ISO 3166).",
        )
    return Location(
        location=environment.get(LOCATION_VARIABLE) or default.location,
        region=environment.get(REGION_VARIABLE) or default.region,
        country=country.upper(),
    )
