"""What the engine looks up: definitions, the law in force, organisations. Read from the database, kept in memory until they change."""
