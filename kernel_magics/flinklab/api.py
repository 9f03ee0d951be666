"""The one place that composes the rooms."""
