"""The handlers, one module for each thing that is asked for; `routes` has all of them."""
