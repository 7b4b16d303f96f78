"""Measurements of the tool on generated projects and on any folder given."""
