"""How services run: processes, ports, jars and the Java that runs them."""
