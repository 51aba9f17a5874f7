"""The shape of what goes out (schemas) and comes in (forms), declared by hand: a new column is not public by accident."""
