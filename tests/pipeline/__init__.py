"""The whole pipeline on real servers, with real processes that may be killed: for the fault suite and the benchmarks.

A Django app of its own, installed in these processes only, that declares kinds of jobs whose effects can be counted.
"""
