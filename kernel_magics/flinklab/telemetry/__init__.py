"""What people look at, as data: series, rates, graphs, findings. Pure."""
