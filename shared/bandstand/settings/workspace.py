"""Where the checkout stands: embedded servers, tests and development keep their files in it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
