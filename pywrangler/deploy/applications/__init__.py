"""Container applications in a deploy: what each should be, how it differs from today's, what to do."""
