"""The files of an icon set, and their sizes: those of portals and of the platform."""

from __future__ import annotations

# The side in pixels; of the .ico its largest. Maskable icons are cut to a circle or a rounded square by launchers.
ICON_FILES = {
    "favicon.ico": 48,
    "180.png": 180,
    "192.png": 192,
    "512.png": 512,
    "192-maskable.png": 192,
    "512-maskable.png": 512,
}
