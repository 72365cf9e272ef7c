"""Sources of images: a registry and one file per adapter."""
