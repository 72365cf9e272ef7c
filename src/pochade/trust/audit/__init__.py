"""Claims that an outsider can check: audits of a running service, as signed statements."""
