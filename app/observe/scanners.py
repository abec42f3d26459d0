"""What scanners ask for. Every platform on the internet is asked for files and doors that belong to no shop, and says
no: that is refused as it should be, and tells nothing of how a migration goes.
"""

import re
from functools import lru_cache
from typing import Final

from app.domain.signals import Signal, SignalType

_PROBED: Final = re.compile(
    r"/\.(?:env|git|svn|hg|aws|ssh|ds_store|htaccess|htpasswd|vscode|idea|npmrc|docker)\b"
    r"|/(?:wp-(?:login|admin|includes|config)|xmlrpc\.php|phpmyadmin|pma|adminer|phpinfo|phpunit"
    r"|cgi-bin|server-status|boaform|hnap1|solr|_profiler|telescope|actuator|jenkins|owa|autodiscover|manager/html"
    r"|vendor/(?:phpunit|laravel)|admin/config\.php|config\.(?:json|php|ya?ml|bak)|id_rsa|backup\.(?:zip|sql|tar))\b"
    r"|etc/passwd|\.\./\.\.|%2e%2e|win\.ini|union(?:\s|%20|\+)+select|<script|%3cscript|=1(?:'|%27)",
    re.IGNORECASE,
)
_CALLS: Final = frozenset({SignalType.API_CALL, SignalType.API_ERROR})
_REFUSED: Final = range(400, 500)


def is_probe(signal: Signal) -> bool:
    """Whether somebody asked for what no shop has, and was refused."""
    if signal.signal_type not in _CALLS or not signal.endpoint:
        return False
    return isinstance(signal.status, int) and signal.status in _REFUSED and _is_probed(signal.endpoint)


@lru_cache(maxsize=10_000)
def _is_probed(endpoint: str) -> bool:
    return _PROBED.search(endpoint) is not None
