"""The commands: one module each, with `run(arguments, screen) -> Outcome`. None of them prints or writes a file."""
