"""The process that keeps jobs as they are wanted: leases, then for each cluster observe, decide, act."""
