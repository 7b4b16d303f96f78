"""The layouts of migrations that discover knows, a file for each family of runners."""
