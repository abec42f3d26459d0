"""Causeway: the floors of the house, from ground (domain) to doors (cli, api, console)."""
