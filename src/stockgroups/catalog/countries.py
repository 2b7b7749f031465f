"""Countries as sources print them, as one code each (ISO 3166, two letters)."""

from __future__ import annotations

_NAMES = """
AE United Arab Emirates|UAE
AR Argentina
AT Austria
AU Australia
BE Belgium
BM Bermuda
BR Brazil
BS Bahamas
CA Canada
CH Switzerland
CL Chile
CN China
CO Colombia
CW Curacao|Curaçao
CY Cyprus
CZ Czech Republic|Czechia
DE Germany
DK Denmark
EG Egypt
ES Spain
FI Finland
FR France
GB United Kingdom|UK|Great Britain
GG Guernsey
GI Gibraltar
GR Greece
HK Hong Kong
HU Hungary
ID Indonesia
IE Ireland
IL Israel
IM Isle of Man
IN India
IT Italy
JE Jersey
JP Japan
KR Korea (South)|South Korea|Korea|Korea, Republic of
KW Kuwait
KY Cayman Islands
KZ Kazakhstan
LR Liberia
LU Luxembourg
MC Monaco
MH Marshall Islands
MO Macau|Macao
MT Malta
MX Mexico
MY Malaysia
NL Netherlands
NO Norway
NZ New Zealand
PA Panama
PE Peru
PH Philippines
PK Pakistan
PL Poland
PR Puerto Rico
PT Portugal
QA Qatar
RU Russian Federation|Russia
SA Saudi Arabia
SE Sweden
SG Singapore
TH Thailand
TR Turkey|Türkiye|Turkiye
TW Taiwan|Taiwan, Province of China
US United States|USA|United States of America
UY Uruguay
VG British Virgin Islands
VI US Virgin Islands
VN Vietnam|Viet Nam
ZA South Africa
"""
COUNTRIES = {line[:2]: line[3:].split("|") for line in _NAMES.strip().splitlines()}
"""The names that sources print, by code."""
_CODES = {name.casefold(): code for code, names in COUNTRIES.items() for name in (code, *names)}


def read_country(text: str) -> str:
    """Return the code of a country by its code or name; any other text in capitals."""
    words = " ".join(text.split())
    return _CODES.get(words.casefold(), words.upper())
