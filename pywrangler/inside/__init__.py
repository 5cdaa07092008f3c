"""Into running containers: programs, files, ports, and the CPU and memory that they use."""
