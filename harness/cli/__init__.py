"""The command line: a thin front end over discover, plan and engine."""
