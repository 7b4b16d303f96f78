"""The values that every other room speaks in: places, catalogs, claims, queries, faults and the audit.

Nothing in here reads a file, prints, or imports another room of the package.
"""
