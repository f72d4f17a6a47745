# Addresses and networks from which the unified backend calls /api/v1/internal/, one per line, for example:
#   192.0.2.10 1;
# With none, nobody may. Behind another proxy an address is the proxy's, until proxies.conf names it. Requests per address are
# limited as everywhere; a backend that tells of many users at once belongs into unlimited.geo, too.
