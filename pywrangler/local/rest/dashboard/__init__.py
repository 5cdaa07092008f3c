"""The page in the browser: who gets in, the page's files, and what it asks besides the REST API."""
