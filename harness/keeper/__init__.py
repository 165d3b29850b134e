"""The keeper: owns processes, names and deaths. Clients own data and verdicts."""
