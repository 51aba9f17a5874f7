"""Everything that may be read: frozen dataclasses, never rows; scoped by who asks."""
