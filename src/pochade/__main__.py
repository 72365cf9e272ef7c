"""`python -m pochade` is `pochade`."""

from pochade.cli import main

main()
