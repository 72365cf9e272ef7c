"""Policy, marking, verification and audit: what may be painted, and how anyone can tell that it was."""
