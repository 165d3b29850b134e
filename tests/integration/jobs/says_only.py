"""Talks, and submits nothing."""

print("the job is switched off on Sundays")
