"""What bench/run is made of: the programs it starts, the loads it puts on them, and the report."""
