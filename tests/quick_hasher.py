"""Argon2 as the product has it, at the least cost: tests log in hundreds of times, at a tenth of a second each."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    time_cost = 1
    memory_cost = 8  # KiB
    parallelism = 1
