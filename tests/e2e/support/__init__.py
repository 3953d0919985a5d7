"""What the end-to-end suites share: servers that are gone after the test, clients, engines, load."""
