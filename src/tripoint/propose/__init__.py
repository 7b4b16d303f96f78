"""SQL that mends what an audit found, in the project's own style, proven before it is shown."""
