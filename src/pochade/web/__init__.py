"""The server: one FastAPI application with the APIs, the MCP endpoint and the pages."""
