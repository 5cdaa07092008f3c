"""How the tests are run: how much each tries, and which have a second chance."""
