# Addresses and networks without request limits, one per line, for example a monitor:
#   192.0.2.7 1;
