"""The programming interfaces: OpenAI Images, AUTOMATIC1111, MCP."""
