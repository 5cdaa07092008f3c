"""Commands of smaller products, against an API whose answers the tests write down."""
