"""The location that containers and requests report. Cloudflare gives containers their location, region and
country, and Workers the data center and the country. Here variables of the environment choose them.
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.errors import UsageError
from pywrangler.local.instances.records import Location
from pywrangler.local.workerd.records import RequestOrigin

LOCATION_VARIABLE = "PYWRANGLER_LOCATION"
REGION_VARIABLE = "PYWRANGLER_REGION"
COUNTRY_VARIABLE = "PYWRANGLER_COUNTRY"


def read_location(environment: Mapping[str, str]) -> Location:
    """The location from the environment, with defaults. Raises `UsageError` for an invalid country."""
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


def place_of(location: Location) -> RequestOrigin:
    """The location for Workers. The data center is the beginning of the location, as in `fra03`."""
    chosen, default = Location(), RequestOrigin()
    colo = location.location[:3].upper()
    return RequestOrigin(
        colo=default.colo if location.location == chosen.location or not colo.isalpha() else colo,
        country=default.country if location.country == chosen.country else location.country,
    )
