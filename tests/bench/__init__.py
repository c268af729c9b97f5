"""Benchmarks: `make bench`. Machines are noisy, so what counts are ratios within one run."""
